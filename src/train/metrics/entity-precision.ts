/** Share of the predicted entities that are right in type and both ends; 0 where none is predicted. */
import { countEntities } from './entities.ts'
import type { Metric } from './metric.ts'

export const entityPrecision: Metric<'tags'> = {
  kind: 'tags',
  better: 'higher',
  share: true,
  measure(answers) {
    const { right, predicted } = countEntities(answers)
    return predicted === 0 ? 0 : right / predicted
  },
}
