/** The mean over questions of the F1 of words with the best of the right answers (SQuAD's F1). */
import type { Metric } from './metric.ts'
import { meanScore, wordF1 } from './squad-answers.ts'

export const spanF1: Metric<'span'> = {
  kind: 'span',
  better: 'higher',
  share: true,
  measure: (answers) => meanScore(wordF1, answers),
}
