/**
 * Which values share a stretch of memory, and how long it is needed. A value has its own buffer, unless it
 * shares or overwrites that of an input.
 */
import type { Node } from '../graph/graph.ts'
import { type BatchSizes, elementCount } from '../graph/type.ts'
import type { Lifetimes } from './lifetimes.ts'
import { isFixed, overwritable, packs, sharesInput } from './sharing.ts'

export interface Buffer {
  readonly bytes: number
  /** The values in it, one after the other or at once. */
  readonly nodes: readonly Node[]
  /** Index of the step that writes it first. */
  readonly first: number
  /** Index of the last step that reads it; the last one of all where it holds an output. */
  readonly last: number
}

export interface BufferPlan {
  readonly buffers: readonly Buffer[]
  /** Index of a value's buffer; none for parameters, constants and other names of them. */
  readonly bufferOf: ReadonlyMap<Node, number>
  /** By index of the node: the input that its result overwrites. */
  readonly over: readonly (number | undefined)[]
  /** Bytes that are live while each node runs: its inputs and its result among them. */
  readonly live: readonly number[]
}

/** Bytes of one element on a device: booleans are bytes. */
const elementBytes = { f32: 4, i32: 4, bool: 1 } as const

export function valueBytes(node: Node, sizes: BatchSizes): number {
  return elementCount(node.type, sizes) * elementBytes[node.type.dtype]
}

interface Growing {
  readonly bytes: number
  readonly nodes: Node[]
  readonly first: number
  last: number
  /**
   * A product has read it. A backend may cache it in another form under its name, so nothing overwrites it.
   */
  packed: boolean
}

/** `donates`: results overwrite inputs where that is allowed. */
export function planBuffers(
  { nodes, lastReader }: Lifetimes,
  sizes: BatchSizes,
  donates: boolean,
): BufferPlan {
  const buffers: Growing[] = []
  const bufferOf = new Map<Node, number>()
  const over = nodes.map((node, i): number | undefined => {
    if (packs(node.op)) for (const input of node.inputs) mark(buffers, bufferOf.get(input))
    if (isFixed(node)) return undefined
    const last = Math.min(lastReader.get(node) ?? i, nodes.length - 1)
    const join = (input: Node | undefined): void => {
      const index = input === undefined ? undefined : bufferOf.get(input)
      const buffer = index === undefined ? undefined : buffers[index]
      if (index === undefined || buffer === undefined) return
      buffer.nodes.push(node)
      buffer.last = Math.max(buffer.last, last)
      bufferOf.set(node, index)
    }
    if (sharesInput(node, sizes)) {
      join(node.inputs[0])
      return undefined
    }
    const index = donates ? overwritten(node, i, buffers, bufferOf, lastReader) : undefined
    if (index !== undefined) {
      join(node.inputs[index])
      return index
    }
    bufferOf.set(node, buffers.length)
    buffers.push({ bytes: valueBytes(node, sizes), nodes: [node], first: i, last, packed: false })
    return undefined
  })
  return { buffers, bufferOf, over, live: liveBytes(buffers, nodes.length) }
}

function mark(buffers: readonly Growing[], index: number | undefined): void {
  const buffer = index === undefined ? undefined : buffers[index]
  if (buffer !== undefined) buffer.packed = true
}

/**
 * The first input that may be overwritten: no value in its buffer is read after this node, and none is an
 * output.
 */
function overwritten(
  node: Node,
  i: number,
  buffers: readonly Growing[],
  bufferOf: ReadonlyMap<Node, number>,
  lastReader: ReadonlyMap<Node, number>,
): number | undefined {
  return overwritable(node).find((index) => {
    const input = node.inputs[index]
    const place = input === undefined ? undefined : bufferOf.get(input)
    const buffer = place === undefined ? undefined : buffers[place]
    if (input === undefined || buffer === undefined || buffer.packed) return false
    // another name of the memory that is alive is read at another place, or by this node as another input
    const others = buffer.nodes.filter((other) => other !== input && node.inputs.includes(other))
    return others.length === 0 && buffer.nodes.every((other) => (lastReader.get(other) ?? i) <= i)
  })
}

function liveBytes(buffers: readonly Buffer[], steps: number): number[] {
  const change = new Array<number>(steps + 1).fill(0)
  for (const { bytes, first, last } of buffers) {
    change[first] = (change[first] ?? 0) + bytes
    change[last + 1] = (change[last + 1] ?? 0) - bytes
  }
  let held = 0
  return change.slice(0, steps).map((bytes) => {
    held += bytes
    return held
  })
}
