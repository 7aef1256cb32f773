/**
 * Whether what a graph computes follows from how far its batch is padded. Where it does (a term `where any`,
 * a softmax over padding), parts of a batch are padded as the whole is, since their sums would else be
 * others. Proven op by op; what is not understood counts as padding that is read.
 */
import type { Graph, Node } from '../graph/graph.ts'
import { ExampleValues } from './example-values.ts'

/** Do some of these values of a forward graph, over whole batches, change with padding? */
export function readsPadding(graph: Graph, values: Iterable<Node>): boolean {
  const unpadded = new ExampleValues(graph, { frozen: () => true, fixedLength: false, ofBatch: true })
  return [...values].some((node) => !unpadded.has(node))
}
