import type { OpDefinition } from '../graph.ts'
import { take } from './support/inputs.ts'

/**
 * `again(x, after)`: x, in x's memory, but not before `after` is there. Only pass recompute introduces it,
 * after differentiation, so it has no vjp: what is made of
 * `again(x, g)` is another node than what is made of x, so that it is recomputed, and an order of nodes
 * cannot draw it forward to where x was made. The
 * value of `after` is not read.
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
