/**
 * fuse-optimizer: on runners that update weights themselves (`Runner.updater`).
 *
 *   read back gradients; sum them over micro-batches; norm; clip; moments; decay; new weights; upload
 *     ==>  sums and norm where the gradients are; clip, moments, decay and weights in one pass over memory, in place
 *
 * No node changes: the gradients are outputs of the step either way, and what becomes of them is not in the graph.
 */
import { counted } from '../census.ts'
import { type Pass, weightUpdate } from '../pass.ts'

export const fuseOptimizer: Pass = {
  name: 'fuse-optimizer',
  phase: 'plan',
  summary: 'weights are updated where they are, in one pass over memory',
  run: (graph, { capabilities, note }) => {
    const gradients = [...graph.outputs.keys()].filter((name) => name.startsWith('gradient '))
    if (gradients.length === 0) return graph
    const weights = counted(gradients.length, 'weight')
    note(
      capabilities.has(weightUpdate)
        ? `${weights} and their moments stay on the device, updated in place`
        : `${weights} updated on the host: the backend has no update of its own`,
    )
    return graph
  },
}
