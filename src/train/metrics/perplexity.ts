/**
 * exp of the mean cross-entropy (nats) over masked positions: the pseudo-perplexity of a masked language
 * model.
 */
import type { Metric } from './metric.ts'

export const perplexity: Metric<'masked'> = {
  kind: 'masked',
  better: 'lower',
  share: false,
  measure: ({ loss, positions }) => (positions === 0 ? Number.POSITIVE_INFINITY : Math.exp(loss / positions)),
}
