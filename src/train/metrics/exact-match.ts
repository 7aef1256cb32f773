/** Share of questions whose answer is one of the right ones after normalization (SQuAD's EM). */
import type { Metric } from './metric.ts'
import { isExact, meanScore } from './squad-answers.ts'

export const exactMatch: Metric<'span'> = {
  kind: 'span',
  better: 'higher',
  share: true,
  measure: (answers) => meanScore(isExact, answers),
}
