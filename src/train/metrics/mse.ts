/** Mean squared error of numbers. */
import type { Metric } from './metric.ts'

export const mse: Metric<'number'> = {
  kind: 'number',
  better: 'lower',
  share: false,
  measure({ predicted, actual }) {
    let sum = 0
    for (let i = 0; i < actual.length; i++) sum += ((predicted[i] ?? 0) - (actual[i] ?? 0)) ** 2
    return actual.length === 0 ? 0 : sum / actual.length
  },
}
