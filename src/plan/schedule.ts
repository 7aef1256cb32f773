/**
 * The order of nodes. Any order that has inputs before their readers gives the same values to the last bit; they differ in what is held at one time.
 * The order in which the graph was made is good already (what a layer needs is made right before it); a node that frees at least as much as it makes
 * is drawn forward from there.
 */
import type { Graph, Node } from '../graph/graph.ts'
import type { BatchSizes } from '../graph/type.ts'
import { valueBytes } from './buffers.ts'
import { isFixed } from './sharing.ts'

/** Nodes of the graph, those that free memory as soon as they can run. O(edges). */
export function eagerOrder(graph: Graph, sizes: BatchSizes): readonly Node[] {
  const readers = new Map<Node, Node[]>()
  const waiting = new Map<Node, number>()
  for (const node of graph.nodes) {
    const inputs = new Set(node.inputs)
    waiting.set(node, inputs.size)
    readers.set(node, [])
    for (const input of inputs) readers.get(input)?.push(node)
  }
  const kept = new Set(graph.outputs.values())
  const unread = new Map([...readers].map(([node, list]) => [node, list.length]))
  const done = new Set<Node>()
  const order: Node[] = []
  const bytes = (node: Node): number => (isFixed(node) ? 0 : valueBytes(node, sizes))
  const frees = (node: Node): boolean => {
    const freed = [...new Set(node.inputs)].filter((input) => unread.get(input) === 1 && !kept.has(input))
    return freed.reduce((sum, input) => sum + bytes(input), 0) >= bytes(node)
  }
  const run = (start: Node): void => {
    const queue = [start]
    for (let node = queue.shift(); node !== undefined; node = queue.shift()) {
      if (done.has(node)) continue
      done.add(node)
      order.push(node)
      const touched = new Set<Node>(readers.get(node))
      for (const reader of readers.get(node) ?? []) waiting.set(reader, (waiting.get(reader) ?? 0) - 1)
      for (const input of new Set(node.inputs)) {
        const left = (unread.get(input) ?? 0) - 1
        unread.set(input, left)
        if (left === 1) for (const reader of readers.get(input) ?? []) touched.add(reader)
      }
      for (const other of touched)
        if (!done.has(other) && waiting.get(other) === 0 && frees(other)) queue.push(other)
    }
  }
  for (const node of graph.nodes) run(node)
  return order
}
