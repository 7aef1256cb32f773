/**
 * x = linear(h, W, b), read by select(and(attended, masked), ..., 0) only
 *   ==> linear(gather_positions(h, positions.masked), W, b)
 * and so all that works position by position between h and the mask; likewise with first_piece. What is read
 * whole is put back by scatter_positions.
 *
 * Of a masked LM that is the vocabulary projection, the head and the last layer behind its keys and values.
 * Where a position is read follows from masks, back from the outputs (positions/demand.ts); values that hang
 * together are taken where operations saved outweigh numbers moved (positions/choose-rows.ts): masked
 * positions as many as `sizes` says, or a fifth, first pieces a half.
 */
import { counted } from '../census.ts'
import type { Pass } from '../pass.ts'
import { computeInRows } from '../positions/compute-in-rows.ts'

export const gatherMaskedRows: Pass = {
  name: 'gather-masked-rows',
  phase: 'forward',
  summary: 'values read at masked tokens or first pieces of words only are computed there only',
  run: (graph, context) => {
    const { graph: after, products } = computeInRows(graph, context, ['masked', 'first_piece'])
    if (after !== graph)
      context.note(`${counted(products, 'product')} on masked tokens or first pieces of words only`)
    return after
  },
}
