/**
 * A cluster over MPI. All is done by messages between two ranks, so a rank that does not answer is known by
 * its number. As many bytes travel as in a ring.
 */
import { cpus, hostname } from 'node:os'
// The global of this name is found by a getter, which takes as long as a call of C.
import { performance } from 'node:perf_hooks'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { messageFailed, rankLost } from '../diagnostics/messages/cluster.ts'
import type { Cluster } from './cluster.ts'
import type { Exchange } from './exchange-loop.ts'
import { type Addition, type Message, type Mpi, MpiError, ranksLeft } from './mpi.ts'
import type { Range } from './shards.ts'
import { addInTree } from './tree.ts'
import { bytesOf, markRoom, type Packed, packed, travelled, unpack, type Wire } from './wire.ts'

/**
 * Milliseconds without a message in which a wait looks again and again: one within a machine takes some
 * microseconds. Ranks that share a core soon leave it to each other.
 */
const awake = { alone: 5, sharing: 0.05 }
/** Milliseconds between two looks after that. */
const pause = 0.2
/** A rank may take so many times as long as the slowest one before. */
const patience = 4
/** Before the ranks have computed anything together, some compile, and the others wait. */
const firstPatience = 10

/** Bytes of gradients from which lines of nothing but +0 do not travel. Below, a message costs more. */
export const marksFrom = 2 ** 23

/** A sum over ranks that is repeated, with numbers in the same memory. */
interface RepeatedSum {
  readonly present: readonly boolean[]
  readonly ranges: readonly Range[]
  readonly exchange: Exchange
  /** This rank's range, and where its sum is made. */
  readonly own: Float32Array
  readonly sum: Float32Array | undefined
}

interface RepeatedShare {
  readonly ranges: readonly Range[]
  readonly exchange: Exchange
}

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
  /** To prepare an exchange takes longer than to make a short one. By the memory of the numbers. */
  private readonly sums = new WeakMap<Float32Array, RepeatedSum>()
  private readonly shares = new WeakMap<Float32Array, RepeatedShare>()
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
    this.carryAll(what, own, others)
    return others
  }

  reduce(numbers: Float32Array, present: readonly boolean[], ranges: readonly Range[], wire: Wire): void {
    if (isWhole(numbers, wire)) {
      const { exchange, own, sum } = this.sumOf(numbers, present, ranges)
      this.run('its gradients', exchange)
      if (sum !== undefined && sum !== own) own.set(sum)
    } else this.reducePacked(numbers, present, ranges, wire)
    this.began = true
  }

  share(numbers: Float32Array, ranges: readonly Range[], what: string, wire?: Wire): void {
    if (wire === undefined || isWhole(numbers, wire)) {
      this.run(what, this.shareOf(numbers, ranges))
      return
    }
    const own = parcelOf(numbers.subarray(...rangeOf(ranges, this.rank)), wire)
    const into = ranges.map((range) => numbers.subarray(...range))
    this.carryPacked(
      what,
      into.map(() => own),
      into,
      wire,
    )
    unpack(own.numbers, own.marks, wire)
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

  /** What each rank that has numbers adds to the sum: this one its own, the others what they send. */
  private leavesOf(own: Float32Array, present: readonly boolean[]): readonly (Float32Array | undefined)[] {
    return present.map((isPresent, rank) => {
      if (!isPresent) return undefined
      return rank === this.rank ? own : this.roomFor(rank, own.length)
    })
  }

  private sumOf(numbers: Float32Array, present: readonly boolean[], ranges: readonly Range[]): RepeatedSum {
    const kept = this.sums.get(numbers)
    if (kept?.ranges === ranges && present.every((is, rank) => is === kept.present[rank])) return kept
    const own = numbers.subarray(...rangeOf(ranges, this.rank))
    const leaves = this.leavesOf(own, present)
    const additions: Addition[] = []
    const sum = addInTree(leaves, { add: (sum, x) => additions.push([sum, x]), into: own })
    const exchange = this.mpi.prepare(
      [
        ...this.peers.flatMap((peer) => whole(peer, false, leaves[peer])),
        ...this.peers.flatMap((peer) =>
          present[this.rank] === true ? stretch(peer, true, numbers, rangeOf(ranges, peer)) : [],
        ),
      ],
      additions,
    )
    const fresh = { present, ranges, exchange, own, sum }
    this.sums.set(numbers, fresh)
    return fresh
  }

  private shareOf(numbers: Float32Array, ranges: readonly Range[]): Exchange {
    const kept = this.shares.get(numbers)
    if (kept?.ranges === ranges) return kept.exchange
    const exchange = this.mpi.prepare([
      ...this.peers.map((peer) => stretch(peer, false, numbers, rangeOf(ranges, peer))),
      ...this.peers.map((peer) => stretch(peer, true, numbers, rangeOf(ranges, this.rank))),
    ])
    this.shares.set(numbers, { ranges, exchange })
    return exchange
  }

  private reducePacked(
    numbers: Float32Array,
    present: readonly boolean[],
    ranges: readonly Range[],
    wire: Wire,
  ): void {
    const own = numbers.subarray(...rangeOf(ranges, this.rank))
    travelled(own, wire)
    const leaves = this.leavesOf(own, present)
    const has = present[this.rank] === true
    const out = ranges.map((range, rank) =>
      has && rank !== this.rank ? parcelOf(numbers.subarray(...range), wire) : undefined,
    )
    this.carryPacked('its gradients', out, leaves, wire)
    const sum = addInTree(leaves, { add: this.mpi.add, into: own })
    if (sum !== undefined && sum !== own) own.set(sum)
    this.since = performance.now()
  }

  /**
   * Packed numbers to each other rank, and from each.
   * @param out what this rank sends to each
   * @param into where numbers are made of each rank's message
   */
  private carryPacked(
    what: string,
    out: readonly (Parcel | undefined)[],
    into: readonly (Float32Array | undefined)[],
    wire: Wire,
  ): void {
    const incoming = this.peers.flatMap((peer) => {
      const numbers = into[peer]
      return numbers === undefined ? [] : [{ peer, numbers, marks: markRoom(numbers.length) }]
    })
    const messages = [
      ...incoming.flatMap(({ peer, numbers, marks }): Message[] => [
        ...whole(peer, false, marks),
        { peer, isSent: false, array: numbers, at: 0, bytes: bytesOf(numbers.length, wire) },
      ]),
      ...this.peers.flatMap((peer): Message[] => {
        const parcel = out[peer]
        if (parcel === undefined) return []
        const { marks, numbers, bytes } = parcel
        const room = bytesOf(numbers.length, wire)
        return [...whole(peer, true, marks), { peer, isSent: true, array: numbers, at: 0, bytes, room }]
      }),
    ]
    this.run(what, this.mpi.prepare(messages))
    for (const { numbers, marks } of incoming) unpack(numbers, marks, wire)
  }

  /** A short row of each rank. */
  private all(own: Float64Array<ArrayBuffer>, what: string): readonly Float64Array[] {
    const rows = Array.from({ length: this.size }, () => new Float64Array(own.length))
    rows[this.rank] = own
    this.carryAll(what, own, rows)
    return rows
  }

  /** The same bytes to each other rank, and those of each. */
  private carryAll(what: string, own: ArrayBufferView, others: readonly ArrayBufferView[]): void {
    const messages = [
      ...this.peers.flatMap((peer) => whole(peer, false, others[peer])),
      ...this.peers.flatMap((peer) => whole(peer, true, own)),
    ]
    this.run(what, this.mpi.prepare(messages))
  }

  /**
   * Makes an exchange, and waits until it is over.
   * @throws DiagnosticError E1021 where a rank does not answer in time, E1024 where the library fails
   */
  private run(what: string, exchange: Exchange): void {
    const begun = performance.now()
    try {
      this.mpi.start(exchange)
      if (exchange.open[0] !== 0) this.finish(what, exchange, begun)
    } catch (error) {
      if (!(error instanceof MpiError)) throw error
      const { rank, peers } = this
      throw new DiagnosticError(
        messageFailed({ rank, peers: this.named(peers), what, reason: error.message }),
      )
    }
    this.since = performance.now()
    this.spent += (this.since - begun) / 1000
  }

  private finish(what: string, exchange: Exchange, begun: number): void {
    const { open } = exchange
    for (let [left, latest] = [open[0], begun]; open[0] !== 0; this.mpi.advance(exchange)) {
      const now = performance.now()
      if (open[0] !== left) [left, latest] = [open[0], now]
      const silent = now - latest
      if (silent / 1000 > this.limit) throw this.lost(ranksLeft(exchange), silent / 1000, what)
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

function rangeOf(ranges: readonly Range[], rank: number): Range {
  return ranges[rank] ?? [0, 0]
}

/** All bytes of an array, if there is one. */
function whole(peer: number, isSent: boolean, array: ArrayBufferView | undefined): readonly Message[] {
  return array === undefined ? [] : [{ peer, isSent, array, at: 0, bytes: array.byteLength }]
}

/** A stretch of some numbers. */
function stretch(peer: number, isSent: boolean, array: Float32Array, [from, to]: Range): Message {
  return { peer, isSent, array, at: 4 * from, bytes: 4 * (to - from) }
}

/** What a rank sends: numbers, packed in their memory. */
interface Parcel extends Packed {
  readonly numbers: Float32Array
}

function parcelOf(numbers: Float32Array, wire: Wire): Parcel {
  return { numbers, ...packed(numbers, wire) }
}

/** Few numbers travel sooner than marks of them. */
function isWhole({ byteLength }: Float32Array, wire: Wire): boolean {
  return wire === 'float32' && byteLength < marksFrom
}
