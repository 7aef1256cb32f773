/**
 * x = linear(h, W, b), read at attended positions only, or zero elsewhere
 *   ==> linear(gather_positions(h, positions.attended), W, b)
 * and so all that works position by position; only attention (token x token) and what sums within a text have
 * padding. Rows stay rows from layer to layer;
 * queries, keys and values are put back by scatter_positions, with zeros for padding, contexts are gathered.
 *
 * Where a position is read follows from masks, back from the outputs (positions/demand.ts): a loss `where
 * any` reads all, and keeps the padding of all that it is made of. Costs assume that seven tenths of the
 * positions are attended.
 */
import type { Graph, Node } from '../../graph/graph.ts'
import { counted } from '../census.ts'
import type { Pass, PassContext } from '../pass.ts'
import { isProduct } from '../positions/choose-rows.ts'
import { computeInRows } from '../positions/compute-in-rows.ts'
import { demandOf } from '../positions/demand.ts'
import { knownZeros } from '../positions/known-zero.ts'
import { worksByPosition } from '../positions/row-wise.ts'
import { readBy } from '../readers.ts'

export const removePadding: Pass = {
  name: 'remove-padding',
  phase: 'forward',
  summary: 'token-wise operations are computed for attended tokens only',
  run: (graph, context) => {
    const { graph: after, products } = computeInRows(graph, context, ['attended'])
    if (after !== graph) context.note(`${counted(products, 'product')} on attended tokens only`)
    remarkKept(after, context)
    return after
  },
}

/** Products that still work on padding, and who has them do so. */
function remarkKept(graph: Graph, { note }: PassContext): void {
  const products = graph.nodes.filter((node) => isProduct(node) && worksByPosition(node))
  if (products.length === 0) return
  const zeros = knownZeros(graph)
  const readsPadding = (readers: Iterable<Node>): boolean => {
    const demand = demandOf(graph, zeros, readers)
    return products.some((node) => demand(node).token === 'all')
  }
  if (!readsPadding(graph.outputs.values())) {
    note(`padding kept: for ${counted(products.length, 'small product')} it costs less than moving rows`)
    return
  }
  const terms = [...graph.outputs].flatMap(([output, node]) => {
    const [, term] = /^term (.*)$/s.exec(output) ?? []
    return term !== undefined && readsPadding([node]) ? [term] : []
  })
  note(`padding kept: ${terms.length > 0 ? readBy(new Set(terms)) : 'an output reads'} it`)
}
