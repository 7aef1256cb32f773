/**
 * Whether values of a graph depend on the padded length of its batch (a term `where any`, a softmax over
 * padding). If so, parts of a batch are padded as the complete batch is, since their sum would differ
 * otherwise. Each op has a rule. A value without a proof counts as depending on padding.
 */
import type { Graph, Node } from '../graph/graph.ts'
import { ExampleValues } from './example-values.ts'

/** Whether any of these values of a forward graph, over complete batches, changes with padding. */
export function readsPadding(graph: Graph, values: Iterable<Node>): boolean {
  const unpadded = new ExampleValues(graph, { frozen: () => true, fixedLength: false, ofBatch: true })
  return [...values].some((node) => !unpadded.has(node))
}
