/**
 * The order of nodes. Any order that has inputs before their readers gives the same values to the last bit; they differ in what is held at one time.
 * The order in which the graph was made is good already (what a layer needs is made right before it); a node that frees at least as much as it makes
 * is drawn forward from there.
 */
import type { Graph, Node } from '../graph/graph.ts'
import type { BatchSizes } from '../graph/type.ts'
import { valueBytes } from './buffers.ts'
import { isFixed } from './sharing.ts'

/**
 * Nodes of a graph whose positions are done in chunks (chunk-vocabulary-loss), chunk by chunk: forward and back of the last one, then of the one before it, which
 * is the order in which differentiation adds up their gradients, so that one sum grows. What depends on no chunk stands where it is needed first. Undefined
 * without chunks.
 */
export function chunkwiseOrder(graph: Graph): readonly Node[] | undefined {
  const turns = new Map<Node, number>()
  for (const node of graph.nodes) {
    const { index, count } = node.attributes
    const own = node.op === 'chunk' ? Number(count) - Number(index) : 0
    const turn = node.inputs.reduce((latest, input) => Math.max(latest, turns.get(input) ?? 0), own)
    if (turn > 0) turns.set(node, turn)
  }
  if (turns.size === 0) return undefined
  const needed = new Map<Node, number>()
  for (const node of graph.nodes.toReversed()) {
    const turn = turns.get(node) ?? needed.get(node) ?? 0
    turns.set(node, turn)
    for (const input of node.inputs)
      needed.set(input, Math.min(turn, needed.get(input) ?? Number.POSITIVE_INFINITY))
  }
  const turnOf = (node: Node): number => turns.get(node) ?? 0
  return graph.nodes.toSorted((a, b) => turnOf(a) - turnOf(b))
}

/** Nodes of the graph in that order, but those that free memory as soon as they can run. O(edges). */
export function eagerOrder(
  graph: Graph,
  sizes: BatchSizes,
  nodes: readonly Node[] = graph.nodes,
): readonly Node[] {
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
  for (const node of nodes) run(node)
  return order
}
