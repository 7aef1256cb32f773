/**
 * Memory for weights and their moments on which the vector functions of `updates.ts` work directly, and which
 * other code may read and write. It never grows, so it never moves. Only gradients pass through a small part
 * of it, which stays in the processor's cache.
 */
import type { AdaptiveRule } from '../../run/update-rule.ts'
import { FreeList } from '../foreign/free-list.ts'
import { moduleOf } from './module.ts'
import { adaptiveNumbers, addAdaptiveUpdate, addPlainUpdates } from './updates.ts'

/** Bytes of a memory, unless one group needs more. What is not used takes none of the machine's. */
const chunkBytes = 2 ** 26
const page = 2 ** 16
/** As far as WebAssembly has addresses. */
const mostBytes = 2 ** 32
/** Floats of the room for gradients, which begins a memory. */
const roomSize = 4096
const alignment = 64

type Update = (...parameters: number[]) => void

/** Functions of a memory. */
interface Updates {
  readonly adaptive_update: Update
  readonly descend: Update
}

/** Gradients of some rows of a weight, all others being zeros. */
interface RowGradients {
  readonly table: { readonly rows: number; readonly width: number }
  row(id: number): Float32Array | undefined
}

interface Chunk {
  /** Groups in it. */
  groups: number
  readonly buffer: ArrayBufferLike
  readonly free: FreeList
  /** Absent where the engine has no vector instructions. */
  readonly updates?: Updates
  readonly room: Float32Array
}

/** A weight and its two moments. */
class UpdateGroup {
  readonly weight: Float32Array
  readonly moments: readonly [Float32Array, Float32Array]
  readonly chunk: Chunk
  readonly offset: number
  /** Rows whose moments may differ from zero; undefined if unknown. */
  private moved: Uint8Array | undefined

  constructor(chunk: Chunk, offset: number, length: number) {
    const at = (place: number) => new Float32Array(chunk.buffer, offset + place * spaceFor(length), length)
    this.chunk = chunk
    this.offset = offset
    this.weight = at(0)
    this.moments = [at(1), at(2)]
  }

  /**
   * `scale`: what the gradient is multiplied by, with all clipping. Throws for a rule with trust, and where
   * the engine has no vector instructions.
   */
  update(rule: AdaptiveRule, gradient: Float32Array, scale: number): void {
    this.forgetMoments()
    this.updateFrom(0, gradient, adaptiveNumbers(rule, scale), this.updatesOf(rule))
  }

  /**
   * The same, to the bit, if all but some rows of the gradient are zero: a row without a gradient and with
   * zero moments only decays. Throws for a rule with coupled decay, too, which gives every row a gradient.
   */
  updateRows(rule: AdaptiveRule, gradients: RowGradients, scale: number): void {
    const { rows, width } = gradients.table
    const updates = this.updatesOf(rule)
    if (rule.coupled !== 0) throw new Error('rows without a gradient have one by their decay')
    this.moved ??= movedRows(this.moments, gradients.table)
    const { moved } = this
    const numbers = adaptiveNumbers(rule, scale)
    const zeros = new Float32Array(width)
    let still = 0
    const decay = (end: number): void => {
      const weight = this.offset + 4 * still * width
      if (rule.decay !== 0 && end > still) updates.descend(weight, weight, (end - still) * width, rule.decay)
    }
    for (let id = 0; id < rows; id++) {
      const gradient = gradients.row(id)
      if (gradient === undefined && moved[id] === 0) continue
      decay(id)
      still = id + 1
      moved[id] = 1
      this.updateFrom(id * width, gradient ?? zeros, numbers, updates)
    }
    decay(rows)
  }

  /** Moments were written from outside. */
  forgetMoments(): void {
    this.moved = undefined
  }

  private updatesOf(rule: AdaptiveRule): Updates {
    const { updates } = this.chunk
    if (updates === undefined || rule.trust !== undefined) throw new Error('no vectors for this update')
    return updates
  }

  private updateFrom(
    place: number,
    gradient: Float32Array,
    numbers: readonly number[],
    { adaptive_update: update }: Updates,
  ): void {
    const { room } = this.chunk
    const space = spaceFor(this.weight.length)
    for (let start = 0; start < gradient.length; start += roomSize) {
      const block = gradient.subarray(start, start + roomSize)
      room.set(block)
      const weight = this.offset + 4 * (place + start)
      update(weight, 0, weight + space, weight + 2 * space, block.length, ...numbers)
    }
  }
}

/** Marks of the rows of a table whose moments are not all zeros. */
export function movedRows(
  moments: readonly Float32Array[],
  { rows, width }: { readonly rows: number; readonly width: number },
): Uint8Array {
  const moved = new Uint8Array(rows)
  for (const moment of moments)
    for (let i = 0; i < moment.length; i++) if (moment[i] !== 0) moved[Math.floor(i / width)] = 1
  return moved
}

function spaceFor(length: number): number {
  return Math.max(1, Math.ceil((4 * length) / alignment)) * alignment
}

export class UpdateMemory {
  /** Undefined where the engine has no vector instructions. */
  private readonly module = moduleOf(addAdaptiveUpdate, addPlainUpdates)
  private readonly chunks: Chunk[] = []

  /** Whether groups can be updated. */
  get updates(): boolean {
    return this.module !== undefined
  }

  /**
   * Room for a weight of so many numbers and its moments, with undefined content. Throws where it is larger
   * than WebAssembly has addresses.
   */
  allocate(length: number): UpdateGroup {
    const bytes = 3 * spaceFor(length)
    for (const chunk of this.chunks) {
      const offset = chunk.free.take(bytes)
      if (offset !== undefined) return this.group(chunk, offset, length)
    }
    const needed = bytes + 4 * roomSize
    if (needed > mostBytes)
      throw new Error(`a weight of ${length} numbers is larger than can be trained here`)
    const chunk = this.chunk(Math.max(needed, chunkBytes))
    this.chunks.push(chunk)
    return this.group(chunk, chunk.free.take(bytes) ?? 0, length)
  }

  /** Its arrays must not be used afterwards. A memory without groups is given up. */
  free({ chunk, offset, weight }: UpdateGroup): void {
    chunk.free.give(offset, 3 * spaceFor(weight.length))
    chunk.groups--
    if (chunk.groups === 0) this.chunks.splice(this.chunks.indexOf(chunk), 1)
  }

  private group(chunk: Chunk, offset: number, length: number): UpdateGroup {
    chunk.groups++
    return new UpdateGroup(chunk, offset, length)
  }

  private chunk(bytes: number): Chunk {
    const pages = Math.ceil(bytes / page)
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
    const free = new FreeList(pages * page)
    // the room is never given back
    free.take(4 * roomSize)
    const room = new Float32Array(memory.buffer, 0, roomSize)
    if (this.module === undefined) return { groups: 0, buffer: memory.buffer, free, room }
    const { exports } = new WebAssembly.Instance(this.module, { env: { memory } })
    const { adaptive_update, descend } = exports as { readonly [name in keyof Updates]: Update }
    return { groups: 0, buffer: memory.buffer, free, room, updates: { adaptive_update, descend } }
  }
}
