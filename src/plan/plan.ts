/**
 * The plan of one run of a graph at known sizes, made before anything is allocated. It has the order of
 * nodes, which results overwrite which inputs, the place of every value in one block of memory, and the peak.
 */
import type { Graph, Node } from '../graph/graph.ts'
import type { BatchSizes } from '../graph/type.ts'
import { placeBuffers } from './arena.ts'
import { type Buffer, type BufferPlan, planBuffers, valueBytes } from './buffers.ts'
import { type Lifetimes, planLifetimes } from './lifetimes.ts'
import { chainLength, chunkwiseOrder, eagerOrder } from './schedule.ts'

/**
 * The order of a run, and which values share memory. An executor that allocates each value by itself needs no
 * more.
 */
export interface Schedule extends BufferPlan {
  readonly lifetimes: Lifetimes
  /** The peak in bytes: results and the batch, without parameters and constants. */
  readonly peak: number
  /** Index of the node that runs then. */
  readonly peakAt: number
}

export interface Plan extends Schedule {
  readonly graph: Graph
  readonly sizes: BatchSizes
  /** By index of the buffer: where it begins in the arena. */
  readonly offsets: readonly number[]
  /** Bytes of the arena: the peak and the gaps between buffers. */
  readonly arena: number
  /** Bytes of the parameters that the graph reads. */
  readonly parameters: number
}

/**
 * The best of some orders by their peak; the graph's own if they are equal. Throws GraphError for a graph out
 * of order.
 */
export function scheduleStep(graph: Graph, sizes: BatchSizes): Schedule {
  return candidates(graph, sizes)
    .map((order) => scheduleInOrder(graph, order, sizes))
    .reduce((best, other) => (other.peak < best.peak ? other : best))
}

function candidates(graph: Graph, sizes: BatchSizes): readonly (readonly Node[])[] {
  const chunkwise = chunkwiseOrder(graph)
  return [graph.nodes, ...(chunkwise ? [chunkwise] : [])].flatMap((order) => [
    order,
    eagerOrder(graph, sizes, order),
    eagerOrder(graph, sizes, order, chainLength),
  ])
}

/** `scheduleStep` and an arena for it. Sizes are those of a micro-batch, not of a batch. */
export function planStep(graph: Graph, sizes: BatchSizes): Plan {
  const scheduled = scheduleStep(graph, sizes)
  const { offsets, bytes } = placeBuffers(scheduled.buffers)
  return { ...scheduled, graph, sizes, offsets, arena: bytes, parameters: parameterBytes(graph, sizes) }
}

/** Buffers that are live while node `index` runs. */
export function buffersAt(plan: BufferPlan, index: number): readonly Buffer[] {
  return plan.buffers.filter(({ first, last }) => first <= index && index <= last)
}

/** The schedule of one order of the graph's nodes. */
export function scheduleInOrder(graph: Graph, order: readonly Node[], sizes: BatchSizes): Schedule {
  const lifetimes = planLifetimes(graph, order)
  const buffers = planBuffers(lifetimes, sizes, graph.donates === true)
  const peak = buffers.live.reduce((most, bytes) => Math.max(most, bytes), 0)
  return { lifetimes, ...buffers, peak, peakAt: Math.max(0, buffers.live.indexOf(peak)) }
}

function parameterBytes(graph: Graph, sizes: BatchSizes): number {
  return graph.nodes.reduce((sum, node) => (node.op === 'parameter' ? sum + valueBytes(node, sizes) : sum), 0)
}
