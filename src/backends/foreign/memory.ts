/**
 * Memory shared by C and host code: each block has an address for C and views for the host. Segments of
 * address space are reserved once for a process and lent to devices. A freed block is reused without
 * returning to the system, so that a repeated step neither allocates memory nor causes page faults.
 */
import type { View } from '../../run/device.ts'
import type { Foreign } from './foreign.ts'
import { FreeList } from './free-list.ts'
import { type Pages, pagesOf } from './pages.ts'

/** Whole cache lines, and the widest vectors. */
const alignment = 64
/** As much as a view can show on every engine. Windows counts what is reserved as used. */
const segmentBytes = process.platform === 'win32' ? 2 ** 30 : 2 ** 32
/** A multiple of the system's own. */
const pageBytes = 2 ** 16
/**
 * Blocks up to so many bytes have segments of their own, so that they do not cut up the room between large
 * ones.
 */
const smallBlock = 2 ** 16

interface Segment {
  readonly address: number
  readonly bytes: number
  readonly buffer: ArrayBuffer
}

/**
 * The written rows of a table that is otherwise zero. The other rows have undefined content until the table's
 * address is requested.
 */
export interface WrittenRows {
  /** A byte for each row, not 0 where it was written. */
  readonly marks: Block
  readonly rows: number
  readonly width: number
  /** Writes zeros to the other rows of the table at `address`. */
  readonly complete: (address: number) => void
}

interface KnownRows {
  readonly marks: Block
  readonly beside: Block
}

/** A block of memory, zeros at first in a fresh segment, else with undefined content. */
export class Block {
  readonly bytes: number
  /** Number of holders, counted by those who share it. */
  references = 1
  private readonly memory: NativeMemory
  private readonly lasts: boolean
  private place: Place | undefined
  private refill: ((block: Block) => void) | undefined
  private latest: View | undefined
  private written: WrittenRows | undefined
  /** Facts about its content, set by the code that changes it. They are dropped with the block. */
  private known: KnownRows | undefined

  constructor(memory: NativeMemory, bytes: number, lasts: boolean) {
    this.memory = memory
    this.bytes = bytes
    this.lasts = lasts
    this.place = memory.take(bytes, lasts)
  }

  /**
   * Where it begins. What `shed` has given up is there again from then on, and rows that were left out are
   * zeros.
   */
  get address(): number {
    return this.there().address
  }

  /** Says that only those rows were written. */
  leaveOut(written: WrittenRows): void {
    this.written = written
  }

  /** Where it begins and which rows were written, for who reads no others. Undefined where all of it was. */
  get sparse(): { readonly address: number; readonly written: WrittenRows } | undefined {
    const { written, place } = this
    return written === undefined || place === undefined ? undefined : { address: place.address, written }
  }

  /** Whether it has no memory now. */
  get isShed(): boolean {
    return this.place === undefined
  }

  /** Whether it was shed before, so that it can be again. */
  get hasRefill(): boolean {
    return this.refill !== undefined
  }

  floats(length: number): Float32Array {
    const { latest } = this
    if (latest instanceof Float32Array && latest.length === length) return latest
    const { buffer, offset } = this.there()
    const view = new Float32Array(buffer, offset, length)
    this.latest = view
    return view
  }

  integers(length: number): Int32Array {
    const { latest } = this
    if (latest instanceof Int32Array && latest.length === length) return latest
    const { buffer, offset } = this.there()
    const view = new Int32Array(buffer, offset, length)
    this.latest = view
    return view
  }

  octets(length: number): Uint8Array {
    const { latest } = this
    if (latest instanceof Uint8Array && latest.length === length) return latest
    const { buffer, offset } = this.there()
    const view = new Uint8Array(buffer, offset, length)
    this.latest = view
    return view
  }

  doubles(length: number): Float64Array {
    const { buffer, offset } = this.there()
    return new Float64Array(buffer, offset, length)
  }

  /**
   * Fills it with zeros that take no memory before they are written. False, without an effect, if the system
   * has no such zeros.
   */
  zero(): boolean {
    const { address, buffer, offset } = this.there()
    if (!this.memory.empty(address, this.bytes)) return false
    // What of it does not fill a page.
    const first = Math.ceil(address / pageBytes) * pageBytes - address
    const last = Math.floor((address + this.bytes) / pageBytes) * pageBytes - address
    const octets = new Uint8Array(buffer, offset, this.bytes)
    octets.fill(0, 0, first)
    octets.fill(0, Math.max(first, last))
    return true
  }

  /** Marks of the rows of this table, or of another one beside it, that are not zeros. */
  rowsBeside(other: Block): Block | undefined {
    return this.known?.beside === other ? this.known.marks : undefined
  }

  remember(marks: Block, beside: Block): void {
    this.forget()
    this.known = { marks, beside }
  }

  /** Marks the content as changed: facts about it are dropped. */
  forget(): void {
    this.known?.marks.free()
    this.known = undefined
  }

  /** Frees the memory until the address of the block is requested. Then `refill` must write its content. */
  shed(refill: (block: Block) => void): void {
    this.refill = refill
    this.giveBack()
  }

  /** The same with the `refill` that it has, once more. */
  shedAgain(): void {
    this.giveBack()
  }

  /** Its values stay where they are, whatever `refill` would have read. */
  keep(): void {
    this.refill = undefined
  }

  /** Gives the room back to the memory that it came from. The block must not be used afterwards. */
  free(): void {
    this.giveBack()
    this.refill = undefined
    this.written?.marks.free()
    this.written = undefined
    this.forget()
  }

  private there(): Place {
    if (this.written !== undefined) this.complete(this.written)
    if (this.place !== undefined) return this.place
    const { refill } = this
    if (refill === undefined) throw new Error('a block of memory was used after it was freed')
    const place = this.memory.take(this.bytes, this.lasts)
    this.place = place
    refill(this)
    return place
  }

  private complete({ marks, complete }: WrittenRows): void {
    this.written = undefined
    complete(this.there().address)
    marks.free()
  }

  private giveBack(): void {
    if (this.place !== undefined) this.memory.give(this.place, this.bytes)
    this.place = undefined
    this.latest = undefined
  }
}

/** The place of a block. */
interface Place {
  readonly address: number
  readonly buffer: ArrayBuffer
  readonly offset: number
  readonly free: FreeList
}

/** A segment in use, and what is free in it. */
interface Lent {
  readonly segment: Segment
  readonly free: FreeList
}

function roomFor(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / alignment)) * alignment
}

export class NativeMemory {
  private readonly space: AddressSpace
  private readonly small: Lent[] = []
  private readonly large: Lent[] = []
  private readonly lasting: Lent[] = []

  constructor(foreign: Foreign) {
    this.space = addressSpaceOf(foreign)
  }

  /**
   * Allocates a block, aligned to cache lines. `lasts`: it lives for many runs, and is placed apart from
   * short-lived ones. Throws if it is wider than a segment, or if the system has no memory.
   */
  allocate(bytes: number, lasts = false): Block {
    return new Block(this, bytes, lasts)
  }

  /** A place for a block. */
  take(bytes: number, lasts: boolean): Place {
    const room = roomFor(bytes)
    const kind = room <= smallBlock ? this.small : lasts ? this.lasting : this.large
    for (const lent of kind) {
      const offset = lent.free.take(room)
      if (offset !== undefined) return placeIn(lent, offset)
    }
    if (room > segmentBytes)
      throw new Error(`a value of ${bytes} bytes is larger than the native backend takes`)
    const segment = this.space.lend()
    const lent = { segment, free: new FreeList(segment.bytes) }
    kind.push(lent)
    return placeIn(lent, lent.free.take(room) ?? 0)
  }

  give({ free, offset }: Place, bytes: number): void {
    free.give(offset, roomFor(bytes))
  }

  /** Frees the complete pages inside a block that is larger than one; false if the system cannot. */
  empty(address: number, bytes: number): boolean {
    const first = Math.ceil(address / pageBytes) * pageBytes
    const end = Math.floor((address + bytes) / pageBytes) * pageBytes
    return end > first && this.space.empty(first, end - first)
  }

  /** Gives all memory back to the system; no block may be used afterwards. */
  dispose(): void {
    for (const kind of [this.small, this.large, this.lasting]) {
      for (const { segment } of kind) this.space.takeBack(segment)
      kind.length = 0
    }
  }
}

function placeIn({ segment, free }: Lent, offset: number): Place {
  return { address: segment.address + offset, buffer: segment.buffer, offset, free }
}

/**
 * Segments are never unmapped: a view that outlives its block sees zeros, and not another's memory or none.
 */
class AddressSpace {
  private readonly foreign: Foreign
  private readonly pages: Pages
  private readonly idle: Segment[] = []

  constructor(foreign: Foreign) {
    this.foreign = foreign
    this.pages = pagesOf(foreign)
  }

  lend(): Segment {
    const idle = this.idle.pop()
    if (idle !== undefined) return idle
    const address = this.pages.reserve(segmentBytes)
    return { address, bytes: segmentBytes, buffer: this.foreign.view(address, segmentBytes) }
  }

  empty(address: number, bytes: number): boolean {
    if (this.pages.emptyIsZero) this.pages.empty(address, bytes)
    return this.pages.emptyIsZero
  }

  takeBack(segment: Segment): void {
    this.pages.empty(segment.address, segment.bytes)
    this.idle.push(segment)
  }
}

/** One for the process, as its addresses are. */
let addressSpace: AddressSpace | undefined

function addressSpaceOf(foreign: Foreign): AddressSpace {
  addressSpace ??= new AddressSpace(foreign)
  return addressSpace
}
