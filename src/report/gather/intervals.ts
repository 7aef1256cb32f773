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
  { answers, scores }: Pick<RunFacts, 'answers' | 'scores'>,
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

/** A metric as a function of the examples that it is measured on. */
export interface Statistic {
  readonly count: number
  /** Of the examples with these indices. */
  readonly of: (rows: Int32Array) => number
  /** Resamples of a bootstrap. */
  readonly times?: number
}

function intervalOf(
  file: AnswerFile,
  model: string,
  metric: MetricName,
  value: number,
): Interval | undefined {
  const { actual = [], line, total } = file
  if (file.models[model] === undefined) return undefined
  if (metric === 'accuracy') return wilson(value, total)
  if (metric === 'tag_accuracy') return wilson(value, Math.max(1, actual.length))
  if (metric === 'exact_match') return wilson(value, Math.max(1, line.length))
  const statistic = statisticOf(file, model, metric)
  return statistic && bootstrap(statistic.count, statistic.of, statistic.times)
}

/** Undefined if the answers of the model are not kept, or are too many to be resampled. */
export function statisticOf(file: AnswerFile, model: string, metric: MetricName): Statistic | undefined {
  const own = file.models[model]
  if (own === undefined) return undefined
  const { actual = [], lengths = [], labels = [], line, kind } = file
  if (kind === 'span') {
    const values = metric === 'exact_match' ? own.exact : own.f1
    return { count: line.length, of: (rows) => mean(picked(values ?? [], rows)) }
  }
  const answer = (own.answer ?? []).map((one) => one ?? Number.NaN)
  const of = (answers: Answers): number => measure(metric, answers) ?? Number.NaN
  if (kind === 'number')
    return {
      count: actual.length,
      of: (rows) =>
        of({
          kind: 'number',
          predicted: Float64Array.from(picked(answer, rows)),
          actual: Float64Array.from(picked(actual, rows)),
        }),
    }
  if (kind === 'class') {
    const classes = labels.length || 1 + Math.max(...actual, ...answer)
    return {
      count: actual.length,
      of: (rows) =>
        of({
          kind: 'class',
          predicted: Int32Array.from(picked(answer, rows)),
          actual: Int32Array.from(picked(actual, rows)),
          classes,
        }),
    }
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
  return {
    count: lengths.length,
    of: (rows) => of({ kind: 'tags', predicted: picked(predicted, rows), actual: picked(right, rows) }),
    times: tagged.times,
  }
}

function picked<T>(values: readonly T[], rows: Int32Array): T[] {
  return Array.from(rows).flatMap((row) => values[row] ?? [])
}
