/**
 * The readers of a graph's values. A pass needs them before it removes a value, and notes them if it must
 * not.
 */
import type { Graph, Node } from '../graph/graph.ts'

/** The number of readers of a node of this graph; an output counts as one. */
export function readersOf(graph: Graph): (node: Node) => number {
  const counts = new Map<Node, number>()
  const read = (node: Node) => counts.set(node, (counts.get(node) ?? 0) + 1)
  for (const node of graph.nodes) node.inputs.forEach(read)
  for (const node of graph.outputs.values()) read(node)
  return (node) => counts.get(node) ?? 0
}

/**
 * Names of the loss terms that something computed from a node leads to; none for what only gradients need.
 */
export function termsBeyond(graph: Graph): (node: Node) => ReadonlySet<string> {
  const terms = new Map<Node, Set<string>>()
  const add = (node: Node, names: Iterable<string>): void => {
    const known = terms.get(node) ?? new Set()
    for (const name of names) known.add(name)
    terms.set(node, known)
  }
  for (const [name, node] of graph.outputs) {
    const [, term] = /^term (.*)$/s.exec(name) ?? []
    if (term !== undefined) add(node, [term])
  }
  for (const node of graph.nodes.toReversed()) {
    const own = terms.get(node)
    if (own !== undefined) for (const input of node.inputs) add(input, own)
  }
  return (node) => terms.get(node) ?? new Set()
}

/** `term hidn reads`, `terms attn, hidn read` */
export function readBy(terms: ReadonlySet<string>): string {
  const names = [...terms].sort().join(', ')
  return terms.size === 1 ? `term ${names} reads` : `terms ${names} read`
}
