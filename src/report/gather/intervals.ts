/**
 * 95% intervals of each model's main metric, over the examples that it was scored on: Wilson's for a share of
 * right answers, else a bootstrap of the metric over the answers that the run kept.
 */
import { isMetric, type MetricName } from '../../check/metric-names.ts'
import type { AnswerFile } from '../../train/kept/answer-file.ts'
import { measure } from '../../train/metrics/index.ts'
import type { Answers } from '../../train/metrics/metric.ts'
import { type Interval, wilson } from '../../train/metrics/wilson.ts'
import { bootstrap, mean } from '../statistics.ts'
import type { RunFacts } from './facts.ts'

/** Sentences whose tags are resampled, and how often: entities are found again for each resample. */
const tagged = { most: 5000, times: 200 }

/** By model. */
export function intervalsOf(
  { answers, scores }: RunFacts,
  metric: string | undefined,
): Map<string, Interval> {
  const found = new Map<string, Interval>()
  if (metric === undefined || !isMetric(metric)) return found
  for (const file of answers)
    for (const model of Object.keys(file.models)) {
      const score = scores.get(model)
      const value = score?.values.get(metric)
      if (score?.data !== file.data || score.split !== file.split || value === undefined) continue
      const interval = intervalOf(file, model, metric, value)
      if (interval) found.set(model, interval)
    }
  return found
}

function intervalOf(
  file: AnswerFile,
  model: string,
  metric: MetricName,
  value: number,
): Interval | undefined {
  const own = file.models[model]
  const { actual = [], lengths = [], labels = [] } = file
  if (own === undefined) return undefined
  if (metric === 'accuracy') return wilson(value, file.total)
  if (metric === 'tag_accuracy') return wilson(value, Math.max(1, actual.length))
  if (metric === 'exact_match') return wilson(value, Math.max(1, file.line.length))
  if (metric === 'span_f1') return bootstrap(file.line.length, (rows) => mean(picked(own.f1 ?? [], rows)))
  const answer = (own.answer ?? []).map((one) => one ?? Number.NaN)
  const of = (answers: Answers): number => measure(metric, answers) ?? Number.NaN
  if (file.kind === 'number')
    return bootstrap(actual.length, (rows) =>
      of({
        kind: 'number',
        predicted: Float64Array.from(picked(answer, rows)),
        actual: Float64Array.from(picked(actual, rows)),
      }),
    )
  if (file.kind === 'class') {
    const classes = labels.length || 1 + Math.max(...actual, ...answer)
    return bootstrap(actual.length, (rows) =>
      of({
        kind: 'class',
        predicted: Int32Array.from(picked(answer, rows)),
        actual: Int32Array.from(picked(actual, rows)),
        classes,
      }),
    )
  }
  if (lengths.length > tagged.most) return undefined
  const sentences = (tags: readonly number[]): string[][] => {
    let at = 0
    return lengths.map((length) => {
      at += length
      return tags.slice(at - length, at).map((tag) => labels[tag] ?? '')
    })
  }
  const [predicted, right] = [sentences(answer), sentences(actual)]
  return bootstrap(
    lengths.length,
    (rows) => of({ kind: 'tags', predicted: picked(predicted, rows), actual: picked(right, rows) }),
    tagged.times,
  )
}

function picked<T>(values: readonly T[], rows: Int32Array): T[] {
  return Array.from(rows).flatMap((row) => values[row] ?? [])
}
