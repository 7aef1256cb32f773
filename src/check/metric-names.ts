/** What `evaluate` and `keep` may name: a list that the checker can know without what computes them, which is a complete record over it. */
export const metricNames = [
  'accuracy',
  'f1',
  'macro_f1',
  'micro_f1',
  'matthews',
  'mse',
  'pearson',
  'spearman',
  'perplexity',
  'masked_accuracy',
  'entity_f1',
  'entity_precision',
  'entity_recall',
  'tag_accuracy',
  'exact_match',
  'span_f1',
] as const

export type MetricName = (typeof metricNames)[number]
