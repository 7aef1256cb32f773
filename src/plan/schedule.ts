/**
 * The order of nodes. Any order with inputs before their readers gives the same values to the last bit, but
 * the peak differs. The order in which the graph was made is already good, because the inputs of a layer are
 * made right before it. From there, a node that frees at least as much as it makes moves forward.
 */
import type { Graph, Node } from '../graph/graph.ts'
import type { BatchSizes } from '../graph/type.ts'
import { valueBytes } from './buffers.ts'
import { isFixed } from './sharing.ts'

/**
 * The nodes of a graph whose positions are computed in chunks (chunk-vocabulary-loss), chunk by chunk:
 * forward and backward of the last one, then of the one before it. Differentiation sums their gradients in
 * this order, so one sum grows. Nodes that depend on no chunk are where they are first needed. Undefined
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

/**
 * Length of a chain of nodes that moves together. A loss needs this many to take its part of a value: a mask,
 * a selection and a difference.
 */
export const chainLength = 4

/**
 * The nodes of the graph in that order, but nodes that free memory run as soon as they can. This holds for
 * single nodes, and for a few successive nodes that together free at least as much as they make (`reach`).
 * O(edges) for one.
 */
export function eagerOrder(
  graph: Graph,
  sizes: BatchSizes,
  nodes: readonly Node[] = graph.nodes,
  reach = 1,
): readonly Node[] {
  const eager = new EagerOrder(graph, sizes, reach)
  for (const node of nodes) eager.run(node)
  return eager.order
}

class EagerOrder {
  readonly order: Node[] = []
  private readonly reach: number
  private readonly bytes = new Map<Node, number>()
  /** Each input once. */
  private readonly inputs = new Map<Node, readonly Node[]>()
  private readonly readers = new Map<Node, readonly Node[]>()
  /** Inputs that are not there yet. */
  private readonly waiting = new Map<Node, number>()
  /** Readers that have not run. */
  private readonly unread = new Map<Node, number>()
  private readonly kept: ReadonlySet<Node>
  private readonly done = new Set<Node>()

  constructor(graph: Graph, sizes: BatchSizes, reach: number) {
    this.reach = reach
    this.kept = new Set(graph.outputs.values())
    const readers = new Map<Node, Node[]>()
    for (const node of graph.nodes) {
      const inputs = node.inputs.length > 1 ? [...new Set(node.inputs)] : node.inputs
      this.inputs.set(node, inputs)
      this.bytes.set(node, isFixed(node) ? 0 : valueBytes(node, sizes))
      this.waiting.set(node, inputs.length)
      readers.set(node, [])
      for (const input of inputs) readers.get(input)?.push(node)
    }
    for (const [node, list] of readers) {
      this.readers.set(node, list)
      this.unread.set(node, list.length)
    }
    // they cost nothing and stand where they are first read, which is not to hold up what is drawn forward
    for (const node of graph.nodes) if (reach > 1 && node.op === 'constant') this.runAlone(node)
  }

  run(start: Node): void {
    const queue: Node[] = [start]
    for (let node = queue.shift(); node !== undefined; node = queue.shift()) {
      if (this.done.has(node)) continue
      for (const other of this.runAlone(node)) {
        if (!this.done.has(other) && this.waiting.get(other) === 0) queue.push(...this.freeing(other))
      }
    }
  }

  /** Gives those that may free memory since. */
  private runAlone(node: Node): ReadonlySet<Node> {
    this.done.add(node)
    this.order.push(node)
    const touched = new Set<Node>(this.readersOf(node))
    for (const reader of touched) this.waiting.set(reader, (this.waiting.get(reader) ?? 0) - 1)
    for (const input of this.inputsOf(node)) {
      const left = (this.unread.get(input) ?? 0) - 1
      this.unread.set(input, left)
      if (left <= this.reach) for (const reader of this.readersOf(input)) touched.add(reader)
    }
    return touched
  }

  /**
   * The node and its successors, as long as they free as much as they make; nothing if the chain gets too
   * long.
   */
  private freeing(first: Node): readonly Node[] {
    const chain: Node[] = []
    const read: Node[] = []
    let made = 0
    for (let next: Node | undefined = first; next !== undefined; ) {
      const node: Node = next
      chain.push(node)
      made += this.bytesOf(node)
      for (const input of this.inputsOf(node)) {
        read.push(input)
        if (this.unread.get(input) === times(read, input) && !this.kept.has(input))
          made -= this.bytesOf(input)
      }
      if (made <= 0) return chain
      next = chain.length < this.reach ? this.following(chain) : undefined
    }
    return []
  }

  /** A node that can run after those of the chain, and reads the last of them or what that has read. */
  private following(chain: readonly Node[]): Node | undefined {
    const last = chain.at(-1)
    if (last === undefined) return undefined
    const isThere = (input: Node): boolean => this.done.has(input) || chain.includes(input)
    const isNext = (node: Node): boolean => !isThere(node) && node.inputs.every(isThere)
    const found = this.readersOf(last).find(isNext)
    if (found !== undefined) return found
    for (const input of last.inputs) {
      const near = this.readersOf(input).find(isNext)
      if (near !== undefined) return near
    }
    return undefined
  }

  private bytesOf(node: Node): number {
    return this.bytes.get(node) ?? 0
  }

  private inputsOf(node: Node): readonly Node[] {
    return this.inputs.get(node) ?? node.inputs
  }

  private readersOf(node: Node): readonly Node[] {
    return this.readers.get(node) ?? []
  }
}

function times(nodes: readonly Node[], wanted: Node): number {
  return nodes.reduce((count, node) => (node === wanted ? count + 1 : count), 0)
}
