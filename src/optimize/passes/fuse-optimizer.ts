/**
 * read back gradients; add them up over micro-batches; norm; clip; moments; decay; new weights; upload
 *   ==>  sums and norm where the gradients are; clip, moments, decay and weights in one pass over memory, in place
 *
 * The nodes stay as they are: gradients are outputs of the step either way. A graph that keeps its gradients
 * is run by the updater of its runner (`Runner.updater`), and the plan counts moments and sums of gradients
 * as what the device holds.
 */
import { counted } from '../census.ts'
import { type Pass, weightUpdate } from '../pass.ts'

export const fuseOptimizer: Pass = {
  name: 'fuse-optimizer',
  phase: 'plan',
  summary: 'weights are updated in place, in one pass over memory',
  run: (graph, { capabilities, note }) => {
    const gradients = [...graph.outputs.keys()].filter((name) => name.startsWith('gradient '))
    if (gradients.length === 0 || graph.keepsGradients === true) return graph
    const weights = counted(gradients.length, 'weight')
    if (!capabilities.has(weightUpdate)) {
      note(`${weights} updated on the host: the backend has no update kernel`)
      return graph
    }
    note(`${weights} and their moments stay on the device, updated in place`)
    return { ...graph, keepsGradients: true }
  },
}
