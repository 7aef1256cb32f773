/** Pearson's correlation of predicted and actual numbers; 0 where one side is constant. */
import type { Metric } from './metric.ts'

export const pearson: Metric<'number'> = {
  kind: 'number',
  better: 'higher',
  share: true,
  measure: ({ predicted, actual }) => correlation(predicted, actual),
}

export function correlation(x: Float64Array, y: Float64Array): number {
  const n = x.length
  if (n === 0) return 0
  const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / n
  const mx = mean(x)
  const my = mean(y)
  let xy = 0
  let xx = 0
  let yy = 0
  for (let i = 0; i < n; i++) {
    const a = (x[i] ?? 0) - mx
    const b = (y[i] ?? 0) - my
    xy += a * b
    xx += a * a
    yy += b * b
  }
  return xx === 0 || yy === 0 ? 0 : xy / Math.sqrt(xx * yy)
}
