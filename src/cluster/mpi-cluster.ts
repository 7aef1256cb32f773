/**
 * A cluster over MPI. All is done by messages between two ranks, so a rank that does not answer is known by
 * its number. As many bytes travel as in a ring.
 */
import { cpus, hostname } from 'node:os'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { messageFailed, rankLost } from '../diagnostics/messages/cluster.ts'
import type { Cluster } from './cluster.ts'
import { type Mpi, MpiError } from './mpi.ts'
import type { Range } from './shards.ts'
import { addInTree } from './tree.ts'
import {
  bytesOf,
  markRoom,
  noMarks,
  type Packed,
  packed,
  travelled,
  unpack,
  type Way,
  type Wire,
} from './wire.ts'

/**
 * Milliseconds without a message in which a wait looks again and again: one within a machine takes some
 * microseconds. Ranks that share a core soon leave it to each other.
 */
const awake = { alone: 5, sharing: 0.05 }
/** Milliseconds between two looks after that. */
const pause = 0.2
/** Looks from one look at the clock to the next. */
const looks = 16
/** A rank may take so many times as long as the slowest one before. */
const patience = 4
/** Before the ranks have computed anything together, some compile, and the others wait. */
const firstPatience = 10

/** Bytes of gradients from which lines of nothing but +0 do not travel. Below, a message costs more. */
const marksFrom = 2 ** 23

/** Where numbers come from a rank, or are sent from. Making a view of them takes as long as a message. */
interface Place {
  readonly array: Float32Array
  readonly range: Range
}

interface Parcel extends Packed, Place {}

export interface MpiClusterOptions {
  /** Seconds without an answer of a rank, after which it counts as lost. */
  readonly deadline: number
}

export class MpiCluster implements Cluster {
  readonly rank: number
  readonly size: number
  readonly here: number
  readonly library: string
  spent = 0
  waited = 0
  private readonly mpi: Mpi
  private deadline: number
  private readonly peers: readonly number[]
  /** The machine of each rank. */
  private readonly hosts: readonly string[]
  /** What each rank has sent to be summed. */
  private readonly rooms: Float32Array[] = []
  private awake = awake.sharing
  private readonly cell = new Int32Array(new SharedArrayBuffer(4))
  /** When this rank began to compute what the others wait for. */
  private since = performance.now()
  /** The longest time in seconds that a rank has computed between two exchanges. */
  private slowest = 0
  /** Whether the ranks have computed something together. */
  private began = false

  constructor(mpi: Mpi, { deadline }: MpiClusterOptions) {
    this.mpi = mpi
    this.rank = mpi.rank
    this.size = mpi.size
    this.library = mpi.version
    this.deadline = deadline
    this.hosts = Array.from({ length: mpi.size }, () => '')
    this.peers = [...this.hosts.keys()].filter((rank) => rank !== mpi.rank)
    const hosts = this.exchange(new TextEncoder().encode(hostname()), 'its host')
    this.hosts = hosts.map((bytes) => new TextDecoder().decode(bytes))
    this.here = this.hosts.filter((host) => host === hostname()).length
    // Of the machine: launchers bind ranks to some of its cores.
    if (this.here <= cpus().length) this.awake = awake.alone
  }

  exchange(own: Uint8Array, what: string): readonly Uint8Array[] {
    const computed = (performance.now() - this.since) / 1000
    const { spent } = this
    const lengths = this.all(Float64Array.of(own.length, computed), what)
    const longest = Math.max(...lengths.map(([, seconds = 0]) => seconds))
    this.slowest = Math.max(this.slowest, longest)
    // The ranks began to compute at about the same time, so this is how much later the slowest came.
    this.waited += Math.min(this.spent - spent, longest - computed)
    const others = lengths.map(([length = 0], rank) => (rank === this.rank ? own : new Uint8Array(length)))
    this.transfer(what, (mpi) => {
      for (const peer of this.peers) receiveAll(mpi, peer, others[peer])
      for (const peer of this.peers) sendAll(mpi, peer, own)
    })
    this.since = performance.now()
    return others
  }

  reduce(numbers: Float32Array, present: readonly boolean[], ranges: readonly Range[], wire: Wire): void {
    const way = wayOf(numbers, wire)
    const own = numbers.subarray(...rangeOf(ranges, this.rank))
    travelled(own, way)
    const leaves = present.map((isPresent, rank) => {
      if (!isPresent) return undefined
      return rank === this.rank ? own : this.roomFor(rank, own.length)
    })
    const has = present[this.rank] === true
    const out = ranges.map((range, rank) =>
      has && rank !== this.rank ? parcelOf(numbers, range, way) : undefined,
    )
    const into = leaves.map((array) => array && { array, range: [0, array.length] as const })
    this.carry('its gradients', out, into, way)
    const sum = addInTree(leaves, this.mpi)
    if (sum !== undefined && sum !== own) own.set(sum)
    this.began = true
    this.since = performance.now()
  }

  share(numbers: Float32Array, ranges: readonly Range[], what: string, wire?: Wire): void {
    const way = wire === undefined ? 'whole' : wayOf(numbers, wire)
    const range = rangeOf(ranges, this.rank)
    const own = parcelOf(numbers, range, way)
    const into = ranges.map((range) => ({ array: numbers, range }))
    const out = ranges.map(() => own)
    this.carry(what, out, into, way)
    if (way !== 'whole') unpack(numbers.subarray(...range), own.marks, way)
    this.since = performance.now()
  }

  get add(): Mpi['add'] {
    return this.mpi.add
  }

  room(length: number): Float32Array {
    return this.mpi.room(length)
  }

  close(): void {
    // In MPI_Finalize a rank waits for the others as fast as it can, which costs them a core. Rank 0
    // evaluates the trained models before, which takes as long as it does.
    this.deadline = Number.POSITIVE_INFINITY
    this.exchange(new Uint8Array(0), 'its end')
    this.mpi.finalize()
  }

  abort(code: number): void {
    this.mpi.abort(code)
  }

  /** Kept from one sum to the next: fresh memory comes page by page, which takes as long as a sum. */
  private roomFor(rank: number, length: number): Float32Array {
    const room = this.rooms[rank]
    if (room?.length === length) return room
    const fresh = this.room(length)
    this.rooms[rank] = fresh
    return fresh
  }

  /**
   * Numbers to each other rank, and from each.
   * @param out what this rank sends to each
   * @param into where numbers are made of each rank's message
   */
  private carry(
    what: string,
    out: readonly (Parcel | undefined)[],
    into: readonly (Place | undefined)[],
    way: Way,
  ): void {
    const marks = into.map((place) => markRoom(place === undefined ? 0 : lengthOf(place), way))
    this.transfer(what, (mpi) => {
      for (const peer of this.peers) {
        const place = into[peer]
        if (place === undefined) continue
        receiveAll(mpi, peer, marks[peer])
        mpi.receive(peer, place.array, 4 * place.range[0], bytesOf(lengthOf(place), way))
      }
      for (const peer of this.peers) {
        const own = out[peer]
        if (own === undefined) continue
        sendAll(mpi, peer, own.marks)
        mpi.send(peer, own.array, 4 * own.range[0], own.bytes, bytesOf(lengthOf(own), way))
      }
    })
    if (way === 'whole') return
    for (const peer of this.peers) {
      const place = into[peer]
      if (place !== undefined) unpack(place.array.subarray(...place.range), marks[peer] ?? noMarks, way)
    }
  }

  /** A short row of each rank. */
  private all(own: Float64Array<ArrayBuffer>, what: string): readonly Float64Array[] {
    const rows = Array.from({ length: this.size }, () => new Float64Array(own.length))
    rows[this.rank] = own
    this.transfer(what, (mpi) => {
      for (const peer of this.peers) receiveAll(mpi, peer, rows[peer])
      for (const peer of this.peers) sendAll(mpi, peer, own)
    })
    return rows
  }

  /**
   * Begins messages, and waits until all are over.
   * @throws DiagnosticError E1021 where a rank does not answer in time, E1024 where the library fails
   */
  private transfer(what: string, begin: (mpi: Mpi) => void): void {
    const begun = performance.now()
    try {
      begin(this.mpi)
      this.finish(what, begun)
    } catch (error) {
      if (!(error instanceof MpiError)) throw error
      const { rank, peers } = this
      throw new DiagnosticError(
        messageFailed({ rank, peers: this.named(peers), what, reason: error.message }),
      )
    }
    this.spent += (performance.now() - begun) / 1000
  }

  private finish(what: string, begun: number): void {
    const { mpi } = this
    let latest = begun
    for (let look = 1; ; look++) {
      const hasAdvanced = mpi.advance()
      if (mpi.isOver) break
      if (!hasAdvanced && look % looks !== 0) continue
      const now = performance.now()
      if (hasAdvanced) latest = now
      const silent = now - latest
      if (silent / 1000 > this.limit) throw this.lost(mpi.left(), silent / 1000, what)
      if (silent > this.awake) Atomics.wait(this.cell, 0, 0, pause)
    }
  }

  /** Seconds that a rank waits for another one. */
  private get limit(): number {
    return Math.max(this.began ? this.deadline : firstPatience * this.deadline, patience * this.slowest)
  }

  private named(ranks: readonly number[]): readonly { readonly rank: number; readonly host: string }[] {
    return ranks.map((rank) => ({ rank, host: this.hosts[rank] ?? '' }))
  }

  private lost(ranks: readonly number[], seconds: number, what: string): DiagnosticError {
    return new DiagnosticError(
      rankLost({
        rank: this.rank,
        lost: this.named(ranks),
        seconds,
        what,
      }),
    )
  }
}

function sendAll(mpi: Mpi, peer: number, array: ArrayBufferView): void {
  mpi.send(peer, array, 0, array.byteLength)
}

function receiveAll(mpi: Mpi, peer: number, array: ArrayBufferView | undefined): void {
  if (array !== undefined) mpi.receive(peer, array, 0, array.byteLength)
}

function rangeOf(ranges: readonly Range[], rank: number): Range {
  return ranges[rank] ?? [0, 0]
}

function lengthOf({ range: [from, to] }: Place): number {
  return to - from
}

function parcelOf(array: Float32Array, range: Range, way: Way): Parcel {
  const place = { array, range }
  if (way === 'whole') return { ...place, marks: noMarks, bytes: bytesOf(lengthOf(place), way) }
  return { ...place, ...packed(array.subarray(...range), way) }
}

/** Few numbers travel sooner than marks of them. */
function wayOf({ byteLength }: Float32Array, wire: Wire): Way {
  return wire === 'float32' && byteLength < marksFrom ? 'whole' : wire
}
