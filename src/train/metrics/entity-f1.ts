/**
 * 2 P R / (P + R) over all entities together, as seqeval's `f1_score` (micro average) and conlleval give it;
 * 0 where nothing is right.
 */
import { countEntities } from './entities.ts'
import type { Metric } from './metric.ts'

export const entityF1: Metric<'tags'> = {
  kind: 'tags',
  better: 'higher',
  share: true,
  measure(answers) {
    const { right, predicted, actual } = countEntities(answers)
    return right === 0 ? 0 : (2 * right) / (predicted + actual)
  },
}
