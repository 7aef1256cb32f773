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

/** A metric, and the data block after its `on`: `accuracy on glosses`. */
export interface WantedMetric {
  readonly metric: MetricName
  /** Absent: the data of the stage if a head fits it, otherwise another block that fits. */
  readonly on?: string
}

export function metricText({ metric, on }: WantedMetric): string {
  return on === undefined ? metric : `${metric} on ${on}`
}

/** The metrics of each data block, and of no block in particular, in the order of their first ones. */
export function byData(
  wanted: readonly WantedMetric[],
): { readonly on?: string; readonly metrics: readonly MetricName[] }[] {
  return [...new Set(wanted.map(({ on }) => on))].map((on) => {
    const own = wanted.filter((one) => one.on === on).map(({ metric }) => metric)
    return { metrics: [...new Set(own)], ...(on === undefined ? {} : { on }) }
  })
}

/** The metrics of `keep` and `evaluate` of a stage: what each of its evaluations measures. */
export function measuredBy({
  keep,
  evaluate,
}: {
  readonly keep?: { readonly best?: WantedMetric }
  readonly evaluate: readonly WantedMetric[]
}): WantedMetric[] {
  return [...(keep?.best ? [keep.best] : []), ...evaluate]
}

export function metricsOf(kind: TaskKind): MetricName[] {
  return metricNames.filter((name) => metricKinds[name] === kind)
}
