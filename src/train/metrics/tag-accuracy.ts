/** Share of words whose tag is right, O included. */
import type { Metric } from './metric.ts'

export const tagAccuracy: Metric<'tags'> = {
  kind: 'tags',
  better: 'higher',
  share: true,
  measure({ predicted, actual }) {
    let right = 0
    let words = 0
    for (const [i, tags] of actual.entries()) {
      words += tags.length
      for (const [k, tag] of tags.entries()) if (predicted[i]?.[k] === tag) right++
    }
    return words === 0 ? 0 : right / words
  },
}
