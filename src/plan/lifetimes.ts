/**
 * When values may be released: each right after its last reader, outputs never. Also what a step needs at its peak, from types alone, so that
 * `explain` can tell it without running anything.
 */
import { type Graph, GraphError, type Node } from '../graph/graph.ts'
import { type BatchSizes, elementCount } from '../graph/type.ts'

export interface Plan {
  /** In order of execution. */
  readonly nodes: readonly Node[]
  /** Index of the last node that reads each one; its own where nobody does, Infinity for outputs. */
  readonly lastReader: ReadonlyMap<Node, number>
  /** By index: the nodes, leaves included, that nobody reads after that node has run. Disjoint; outputs are in none. */
  readonly frees: readonly (readonly Node[])[]
}

/** Throws GraphError where a node or output is not among the graph's nodes, or stands before its inputs. */
export function planLifetimes(graph: Graph): Plan {
  const lastReader = new Map<Node, number>()
  for (const [i, node] of graph.nodes.entries()) {
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
  const frees = graph.nodes.map((): Node[] => [])
  for (const [node, reader] of lastReader) frees[reader]?.push(node)
  return { nodes: graph.nodes, lastReader, frees }
}

/** Bytes of one element on a device: booleans are bytes. */
const elementBytes = { f32: 4, i32: 4, bool: 1 } as const

/**
 * Most bytes held at one time: values of the step and its batch, each node's inputs and result held together. Not counted: parameters (they are
 * held all the time) and constants.
 */
export function peakBytes(plan: Plan, sizes: BatchSizes): number {
  const bytes = (node: Node): number => {
    if (node.op === 'parameter' || node.op === 'constant') return 0
    return elementCount(node.type, sizes) * elementBytes[node.type.dtype]
  }
  let held = 0
  let peak = 0
  for (const [i, node] of plan.nodes.entries()) {
    held += bytes(node)
    peak = Math.max(peak, held)
    for (const dead of plan.frees[i] ?? []) held -= bytes(dead)
  }
  return peak
}
