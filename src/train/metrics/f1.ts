/**
 * F1 = 2 TP / (2 TP + FP + FN). Of two classes that of the second (GLUE's MRPC and QQP: 1 is the positive one); of more, the unweighted mean
 * over the classes that occur (scikit-learn's `average="macro"` over labels present in either).
 */
import type { Metric } from './metric.ts'

export const f1: Metric<'class'> = {
  kind: 'class',
  better: 'higher',
  share: true,
  measure({ predicted, actual, classes }) {
    const of = (wanted: number): number | undefined => {
      let hit = 0
      let wrong = 0
      for (let i = 0; i < actual.length; i++) {
        if (predicted[i] === wanted && actual[i] === wanted) hit++
        else if (predicted[i] === wanted || actual[i] === wanted) wrong++
      }
      return hit + wrong === 0 ? undefined : (2 * hit) / (2 * hit + wrong)
    }
    if (classes === 2) return of(1) ?? 0
    const scores = Array.from({ length: classes }, (_, c) => of(c)).filter((score) => score !== undefined)
    return scores.length === 0 ? 0 : scores.reduce((sum, score) => sum + score, 0) / scores.length
  },
}
