/** Share of questions whose answer is one of the right ones, normalized (SQuAD's EM). */
import type { Metric } from './metric.ts'
import { bestScore, isExact } from './squad-answers.ts'

export const exactMatch: Metric<'spans'> = {
  kind: 'spans',
  better: 'higher',
  share: true,
  measure({ predicted, actual }) {
    const sum = predicted.reduce((total, text, i) => total + bestScore(isExact, text, actual[i] ?? []), 0)
    return predicted.length === 0 ? 0 : sum / predicted.length
  },
}
