/** Share of examples whose class is right. 0 where there are no examples. */
import type { Metric } from './metric.ts'

export const accuracy: Metric<'class'> = {
  kind: 'class',
  better: 'higher',
  share: true,
  measure({ predicted, actual }) {
    let right = 0
    for (let i = 0; i < actual.length; i++) if (predicted[i] === actual[i]) right++
    return actual.length === 0 ? 0 : right / actual.length
  },
}
