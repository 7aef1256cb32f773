/** When values may be freed: each right after its last reader, outputs never. */
import { type Graph, GraphError, type Node } from '../graph/graph.ts'

export interface Lifetimes {
  /** In order of execution. */
  readonly nodes: readonly Node[]
  /** Index of the last node that reads each one; its own index without readers, Infinity for outputs. */
  readonly lastReader: ReadonlyMap<Node, number>
  /**
   * By index: the nodes, leaves included, without readers after that node has run. Disjoint; outputs are in
   * none.
   */
  readonly frees: readonly (readonly Node[])[]
}

/**
 * Lifetimes in the order of the graph's nodes, or in another order of the same nodes. Throws GraphError if a
 * node or output is missing, or precedes its inputs.
 */
export function planLifetimes(graph: Graph, order: readonly Node[] = graph.nodes): Lifetimes {
  const lastReader = new Map<Node, number>()
  for (const [i, node] of order.entries()) {
    for (const input of node.inputs) {
      if (!lastReader.has(input))
        throw new GraphError(
          `${node.op} (id ${node.id}) stands before its input ${input.op} (id ${input.id})`,
        )
      lastReader.set(input, i)
    }
    lastReader.set(node, i)
  }
  for (const [name, node] of graph.outputs) {
    if (!lastReader.has(node)) throw new GraphError(`output ${name} is not among the nodes`)
    lastReader.set(node, Number.POSITIVE_INFINITY)
  }
  const frees = order.map((): Node[] => [])
  for (const [node, reader] of lastReader) frees[reader]?.push(node)
  return { nodes: order, lastReader, frees }
}
