/**
 * The unweighted mean of F1 over the classes that occur in either, whatever their number (scikit-learn's
 * `average="macro"`).
 */
import { f1OfClass } from './f1-of-class.ts'
import type { Metric } from './metric.ts'

export const macroF1: Metric<'class'> = {
  kind: 'class',
  better: 'higher',
  share: true,
  measure(answers) {
    const scores = Array.from({ length: answers.classes }, (_, c) => f1OfClass(answers, c)).filter(
      (score) => score !== undefined,
    )
    return scores.length === 0 ? 0 : scores.reduce((sum, score) => sum + score, 0) / scores.length
  },
}
