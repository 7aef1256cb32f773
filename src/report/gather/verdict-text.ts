/** The run's metric in words. */
import { isMetric } from '../../check/metric-names.ts'
import { formatMetric } from '../../train/metrics/index.ts'
import type { Findings } from './findings.ts'

/** A value of the run's metric: `86.3%`, `0.81`. */
export function metricText({ run }: Findings, value: number): string {
  if (!run.metric || !isMetric(run.metric.name)) return `${value}`
  return run.metric.share ? `${formatMetric(run.metric.name, value)}%` : value.toPrecision(3)
}

/** The metric as it is read: `macro F1`. */
export function metricName({ run }: Findings): string {
  return (run.metric?.name ?? 'score').replaceAll('_', ' ').replace(/\bf1\b/, 'F1')
}
