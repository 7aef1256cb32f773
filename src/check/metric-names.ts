/** What `evaluate` and `keep` may name: a list that the checker can know without what computes them, which is a complete record over it. */
export const metricNames = [
  'accuracy',
  'f1',
  'matthews',
  'mse',
  'pearson',
  'spearman',
  'perplexity',
  'masked_accuracy',
] as const

export type MetricName = (typeof metricNames)[number]
