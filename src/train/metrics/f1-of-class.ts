/** F1 of one class: 2 TP / (2 TP + FP + FN). */
import type { Answers } from './metric.ts'

type Classes = Answers<'class'>

/** Undefined if the class occurs neither among the answers nor among the labels. */
export function f1OfClass({ predicted, actual }: Classes, wanted: number): number | undefined {
  let hit = 0
  let wrong = 0
  for (let i = 0; i < actual.length; i++) {
    if (predicted[i] === wanted && actual[i] === wanted) hit++
    else if (predicted[i] === wanted || actual[i] === wanted) wrong++
  }
  return hit + wrong === 0 ? undefined : (2 * hit) / (2 * hit + wrong)
}
