/** The mean over questions of the F1 of words with the best of the right answers (SQuAD's F1). */
import type { Metric } from './metric.ts'
import { bestScore, wordF1 } from './squad-answers.ts'

export const spanF1: Metric<'spans'> = {
  kind: 'spans',
  better: 'higher',
  share: true,
  measure({ predicted, actual }) {
    const sum = predicted.reduce((total, text, i) => total + bestScore(wordF1, text, actual[i] ?? []), 0)
    return predicted.length === 0 ? 0 : sum / predicted.length
  },
}
