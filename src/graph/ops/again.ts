import type { OpDefinition } from '../graph.ts'
import { take } from './support/inputs.ts'

/**
 * `again(x, after)`: x, in x's memory, but not before `after` is there. Only the passes recompute and
 * rematerialize introduce it, after differentiation, so it has no vjp. A node on `again(x, g)` differs from
 * the same node on x, so it is recomputed, and no order of nodes can move it before `after`. The value of
 * `after` is not read.
 *   (C1) two inputs
 */
export const again: OpDefinition = {
  name: 'again',
  infer: (inputs) => take('again', inputs, 2)[0],
  decompose: (_builder, inputs) => take('again', inputs, 2)[0],
  evaluate: (inputs) => {
    const [{ value }] = take('again', inputs, 2)
    return { shape: value.shape, data: value.data.slice() }
  },
}
