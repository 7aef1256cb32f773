/** Share of masked positions whose piece is predicted correctly. */
import type { Metric } from './metric.ts'

export const maskedAccuracy: Metric<'masked'> = {
  kind: 'masked',
  better: 'higher',
  share: true,
  measure: ({ correct, positions }) => (positions === 0 ? 0 : correct / positions),
}
