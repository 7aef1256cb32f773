/**
 * F1 = 2 TP / (2 TP + FP + FN). With two classes, that of the second (GLUE's MRPC and QQP: 1 is the positive
 * one). With more, the unweighted mean over the classes that occur (`macro_f1`).
 */
import { f1OfClass } from './f1-of-class.ts'
import { macroF1 } from './macro-f1.ts'
import type { Metric } from './metric.ts'

export const f1: Metric<'class'> = {
  kind: 'class',
  better: 'higher',
  share: true,
  measure: (answers) => (answers.classes === 2 ? (f1OfClass(answers, 1) ?? 0) : macroF1.measure(answers)),
}
