/** The run's metric in words. */
import { isMetric } from '../../check/metric-names.ts'
import { formatMetric } from '../../train/metrics/index.ts'
import type { Findings } from './findings.ts'

/** What is said of values: of a run, or of several. */
export interface Measured {
  readonly run: Pick<Findings['run'], 'metric'>
}

/** A value of the run's metric: `86.3%`, `0.81`. */
export function metricText({ run }: Measured, value: number): string {
  if (!run.metric || !isMetric(run.metric.name)) return `${value}`
  return run.metric.share ? `${formatMetric(run.metric.name, value)}%` : value.toPrecision(3)
}

/** The metric as it is read: `macro F1`. */
export function metricName({ run }: Measured): string {
  return (run.metric?.name ?? 'score').replaceAll('_', ' ').replace(/\bf1\b/, 'F1')
}

/** A difference in points, or in the metric's own unit: `+4.7 points`. */
export function difference(measured: Measured, by: number): string {
  return `${by > 0 ? '+' : '\u2212'}${size(measured, by)}`
}

/** The same without its sign. */
export function size({ run }: Measured, by: number): string {
  if (!run.metric?.share) return Math.abs(by).toPrecision(2)
  return `${(100 * Math.abs(by)).toFixed(1)} points`
}

export const article = (name: string): string => (/^[aeiou]/.test(name) ? 'an' : 'a')
