/**
 * %3 = tanh %2            ==> %3 = tanh %2, in the memory of %2
 * (%2 has no later readers)
 *
 * The nodes stay as they are. A graph that donates lets its plan, and so the executor, write a result over an
 * input that dies, where the kernels of the op read each element before they write there. Which ops and
 * inputs that are is said in src/plan/sharing.ts; never an operand of a product, which a backend may keep in
 * another form under the name of its memory.
 */
import { planBuffers } from '../../plan/buffers.ts'
import { planLifetimes } from '../../plan/lifetimes.ts'
import { counted } from '../census.ts'
import type { Pass } from '../pass.ts'

export const donateBuffers: Pass = {
  name: 'donate-buffers',
  phase: 'plan',
  summary: 'results overwrite inputs without later readers',
  run: (graph, { sizes, note }) => {
    if (graph.donates === true) return graph
    const { over } = planBuffers(planLifetimes(graph), sizes, true)
    const results = over.filter((input) => input !== undefined).length
    note(`${counted(results, 'result')} written over an input without later readers`)
    return { ...graph, donates: true }
  },
}
