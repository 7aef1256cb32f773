/** Summary of several seeds of one spec: mean and standard deviation of each model's metrics. */
import type { MetricName } from '../check/metric-names.ts'
import { formatMetric, metrics } from './metrics/index.ts'
import type { ModelReport } from './report.ts'

export interface SeedSummary {
  readonly model: string
  readonly metric: MetricName
  readonly values: readonly number[]
  readonly mean: number
  /** Sample standard deviation (n - 1); 0 for one value. */
  readonly deviation: number
}

/** One summary for each model and metric, in the order of the first run's table. */
export function summarizeSeeds(runs: readonly (readonly ModelReport[])[]): SeedSummary[] {
  const [first = []] = runs
  return first.flatMap(({ name, score }) =>
    [...(score?.values.keys() ?? [])].map((metric) => {
      const values = runs.flatMap(
        (models) => models.find((one) => one.name === name)?.score?.values.get(metric) ?? [],
      )
      return { model: name, metric, values, mean: meanOf(values), deviation: deviationOf(values) }
    }),
  )
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Sample standard deviation (n - 1); 0 for one value. */
export function deviationOf(values: readonly number[]): number {
  if (values.length < 2) return 0
  const mean = meanOf(values)
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1))
}

/** With as many digits as are significant; for a share, one digit of its percent. */
export function deviationText(metric: MetricName, deviation: number): string {
  return metrics[metric].share ? (100 * deviation).toFixed(1) : deviation.toPrecision(2)
}

/** `  S  accuracy  74.9 +- 0.3   (74.6, 75.2, 74.8)` */
export function formatSeeds(summaries: readonly SeedSummary[]): string {
  const width = (of: (one: SeedSummary) => string): number =>
    Math.max(0, ...summaries.map((one) => of(one).length))
  const names = width(({ model }) => model)
  const labels = width(({ metric }) => metric)
  return summaries
    .map(({ model, metric, values, mean, deviation }) => {
      const spread = deviationText(metric, deviation)
      const each = values.map((value) => formatMetric(metric, value)).join(', ')
      return `  ${model.padEnd(names)}  ${metric.padEnd(labels)}  ${formatMetric(metric, mean)} +- ${spread}   (${each})`
    })
    .join('\n')
}
