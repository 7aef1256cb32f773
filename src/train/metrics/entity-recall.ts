/** Share of the actual entities that are predicted with their type and both ends; 0 where there are none. */
import { countEntities } from './entities.ts'
import type { Metric } from './metric.ts'

export const entityRecall: Metric<'tags'> = {
  kind: 'tags',
  better: 'higher',
  share: true,
  measure(answers) {
    const { right, actual } = countEntities(answers)
    return actual === 0 ? 0 : right / actual
  },
}
