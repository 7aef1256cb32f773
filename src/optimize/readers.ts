/** How often each value of a graph is read: what a pass asks before it does away with one. */
import type { Graph, Node } from '../graph/graph.ts'

/** The number of readers of a node of this graph; an output counts as one. */
export function readersOf(graph: Graph): (node: Node) => number {
  const counts = new Map<Node, number>()
  const read = (node: Node) => counts.set(node, (counts.get(node) ?? 0) + 1)
  for (const node of graph.nodes) node.inputs.forEach(read)
  for (const node of graph.outputs.values()) read(node)
  return (node) => counts.get(node) ?? 0
}
