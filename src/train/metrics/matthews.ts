/**
 * Matthews correlation coefficient, for any number of classes (Gorodkin 2004, the R_K statistic;
 * scikit-learn's matthews_corrcoef):
 *   (c s - sum_k p_k t_k) / sqrt((s^2 - sum p_k^2) (s^2 - sum t_k^2))
 * with s examples, c right ones, p_k predicted and t_k actual of class k. 0 where one side is constant.
 */
import type { Metric } from './metric.ts'

export const matthews: Metric<'class'> = {
  kind: 'class',
  better: 'higher',
  share: true,
  measure({ predicted, actual, classes }) {
    const p = new Float64Array(classes)
    const t = new Float64Array(classes)
    let right = 0
    for (let i = 0; i < actual.length; i++) {
      const a = actual[i] ?? -1
      const b = predicted[i] ?? -1
      t[a] = (t[a] ?? 0) + 1
      p[b] = (p[b] ?? 0) + 1
      if (a === b) right++
    }
    const s = actual.length
    let both = 0
    let pp = 0
    let tt = 0
    for (let k = 0; k < classes; k++) {
      const x = p[k] ?? 0
      const y = t[k] ?? 0
      both += x * y
      pp += x * x
      tt += y * y
    }
    const root = Math.sqrt((s * s - pp) * (s * s - tt))
    return root === 0 ? 0 : (right * s - both) / root
  },
}
