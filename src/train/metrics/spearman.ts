/** Spearman's rank correlation: Pearson's of the ranks, equal values sharing their mean rank. */
import type { Metric } from './metric.ts'
import { correlation } from './pearson.ts'

export const spearman: Metric<'number'> = {
  kind: 'number',
  better: 'higher',
  share: true,
  measure: ({ predicted, actual }) => correlation(ranks(predicted), ranks(actual)),
}

function ranks(values: Float64Array): Float64Array {
  const order = Array.from(values, (_, i) => i).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0))
  const result = new Float64Array(values.length)
  for (let start = 0; start < order.length; ) {
    let end = start + 1
    while (end < order.length && values[order[end] ?? 0] === values[order[start] ?? 0]) end++
    for (let i = start; i < end; i++) result[order[i] ?? 0] = (start + end - 1) / 2
    start = end
  }
  return result
}
