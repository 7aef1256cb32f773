/**
 * The metrics of `evaluate` and `keep`, each with the answers that it compares. A table of its own, so that
 * the checker does not depend on the code that computes them.
 */
import type { TaskKind } from './task-kinds.ts'

export const metricKinds = {
  accuracy: 'class',
  f1: 'class',
  macro_f1: 'class',
  micro_f1: 'class',
  matthews: 'class',
  mse: 'number',
  pearson: 'number',
  spearman: 'number',
  perplexity: 'masked',
  masked_accuracy: 'masked',
  entity_f1: 'tags',
  entity_precision: 'tags',
  entity_recall: 'tags',
  tag_accuracy: 'tags',
  exact_match: 'span',
  span_f1: 'span',
} as const satisfies Readonly<Record<string, TaskKind>>

export type MetricName = keyof typeof metricKinds

export const metricNames: readonly MetricName[] = Object.keys(metricKinds).filter(isMetric)

export function isMetric(name: string): name is MetricName {
  return Object.hasOwn(metricKinds, name)
}

export function metricsOf(kind: TaskKind): MetricName[] {
  return metricNames.filter((name) => metricKinds[name] === kind)
}
