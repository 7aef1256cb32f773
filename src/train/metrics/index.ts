/** All metrics by their name in the language (`evaluate = [accuracy, f1]`), and their format. */
import type { MetricName, metricKinds } from '../../check/metric-names.ts'
import type { TaskKind } from '../../check/task-kinds.ts'
import { accuracy } from './accuracy.ts'
import { entityF1 } from './entity-f1.ts'
import { entityPrecision } from './entity-precision.ts'
import { entityRecall } from './entity-recall.ts'
import { exactMatch } from './exact-match.ts'
import { f1 } from './f1.ts'
import { macroF1 } from './macro-f1.ts'
import { maskedAccuracy } from './masked-accuracy.ts'
import { matthews } from './matthews.ts'
import type { Answers, Metric } from './metric.ts'
import { microF1 } from './micro-f1.ts'
import { mse } from './mse.ts'
import { pearson } from './pearson.ts'
import { perplexity } from './perplexity.ts'
import { spanF1 } from './span-f1.ts'
import { spearman } from './spearman.ts'
import { tagAccuracy } from './tag-accuracy.ts'

export const metrics = {
  accuracy,
  f1,
  macro_f1: macroF1,
  micro_f1: microF1,
  matthews,
  mse,
  pearson,
  spearman,
  perplexity,
  masked_accuracy: maskedAccuracy,
  entity_f1: entityF1,
  entity_precision: entityPrecision,
  entity_recall: entityRecall,
  tag_accuracy: tagAccuracy,
  exact_match: exactMatch,
  span_f1: spanF1,
} satisfies { readonly [Name in MetricName]: Metric<(typeof metricKinds)[Name]> }

/** Undefined if the metric needs another kind of answers. */
export function measure(name: MetricName, answers: Answers): number | undefined {
  return measureIf(metrics[name], answers.kind, answers)
}

function measureIf<Kind extends TaskKind>(
  metric: OfKind,
  kind: Kind,
  answers: Answers<Kind>,
): number | undefined {
  return isOf(metric, kind) ? metric.measure(answers) : undefined
}

type OfKind = Pick<Metric, 'kind'>

function isOf<Kind extends TaskKind>(metric: OfKind, kind: Kind): metric is Metric<Kind> {
  return metric.kind === kind
}

/** Whether `value` is better than `best` by this metric. Any value is better than none. */
export function isBetter(name: MetricName, value: number, best: number | undefined): boolean {
  if (best === undefined) return true
  return metrics[name].better === 'higher' ? value > best : value < best
}

/** In percent if it is a share: `92.4`; otherwise four digits: `0.3121`, `11.97`. */
export function formatMetric(name: MetricName, value: number): string {
  if (metrics[name].share) return (value * 100).toFixed(1)
  return Number.isFinite(value) ? value.toPrecision(4) : 'infinite'
}
