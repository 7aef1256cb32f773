/**
 * A cluster over MPI. All is done by messages between two ranks, so a rank that does not answer is known by
 * its number. As many bytes travel as in a ring.
 */
import { hostname } from 'node:os'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { rankLost } from '../diagnostics/messages/cluster.ts'
import type { Cluster } from './cluster.ts'
import type { Mpi, Transfer } from './mpi.ts'
import type { Range } from './shards.ts'
import { addInTree } from './tree.ts'

/** Looks before a wait begins to sleep: a message within a machine takes some microseconds. */
const looks = 200
/** Milliseconds between two looks, so that ranks which share a core leave it to each other. */
const pause = 0.2
/** A rank may take so many times as long as the slowest one before. */
const patience = 4
/** Before the ranks have computed anything together, some compile, and the others wait. */
const firstPatience = 10

export interface MpiClusterOptions {
  /** Seconds without an answer of a rank, after which it counts as lost. */
  readonly deadline: number
}

/** A message that is awaited. */
interface Awaited {
  readonly peer: number
  readonly transfer: Transfer
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
  /** The machine of each rank. */
  private readonly hosts: readonly string[]
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
    const hosts = this.exchange(new TextEncoder().encode(hostname()), 'its host')
    this.hosts = hosts.map((bytes) => new TextDecoder().decode(bytes))
    this.here = this.hosts.filter((host) => host === hostname()).length
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
    this.settle(
      this.transfers(
        () => own,
        (peer) => others[peer],
      ),
      what,
    )
    this.since = performance.now()
    return others
  }

  reduce(numbers: Float32Array, present: readonly boolean[], ranges: readonly Range[], what: string): void {
    const [first, end] = ranges[this.rank] ?? [0, 0]
    const own = numbers.subarray(first, end)
    const leaves = present.map((isPresent, rank) => {
      if (!isPresent) return undefined
      return rank === this.rank ? own : new Float32Array(end - first)
    })
    const has = present[this.rank] === true
    this.settle(
      this.transfers(
        (peer) => (has ? rangeOf(numbers, ranges[peer]) : undefined),
        (peer) => (leaves[peer] === undefined ? undefined : bytesOf(leaves[peer])),
      ),
      what,
    )
    const sum = addInTree(leaves)
    if (sum !== undefined && sum !== own) own.set(sum)
    this.began = true
    this.since = performance.now()
  }

  share(numbers: Float32Array, ranges: readonly Range[], what: string): void {
    const own = rangeOf(numbers, ranges[this.rank])
    this.settle(
      this.transfers(
        () => own,
        (peer) => rangeOf(numbers, ranges[peer]),
      ),
      what,
    )
    this.since = performance.now()
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

  /** A short row of each rank. */
  private all(own: Float64Array<ArrayBuffer>, what: string): readonly Float64Array[] {
    const rows = Array.from({ length: this.size }, () => new Float64Array(own.length))
    rows[this.rank] = own
    this.settle(
      this.transfers(
        () => bytesOf(own),
        (peer) => bytesOf(rows[peer] ?? own),
      ),
      what,
    )
    return rows
  }

  /** A message to each other rank, and one from each. Those without bytes are not sent. */
  private transfers(
    to: (peer: number) => Uint8Array | undefined,
    from: (peer: number) => Uint8Array | undefined,
  ): Awaited[] {
    const peers = Array.from({ length: this.size }, (_, k) => k).filter((peer) => peer !== this.rank)
    const begin = (
      of: (peer: number) => Uint8Array | undefined,
      how: (peer: number, bytes: Uint8Array) => Transfer,
    ): Awaited[] =>
      peers.flatMap((peer) => {
        const bytes = of(peer)
        return bytes === undefined || bytes.length === 0 ? [] : [{ peer, transfer: how(peer, bytes) }]
      })
    return [
      ...begin(from, (peer, bytes) => this.mpi.receive(peer, bytes)),
      ...begin(to, (peer, bytes) => this.mpi.send(peer, bytes)),
    ]
  }

  /** Waits until all are over. @throws DiagnosticError E1021 where a rank does not answer in time */
  private settle(transfers: readonly Awaited[], what: string): void {
    const begun = performance.now()
    let left = transfers.filter(({ transfer }) => !transfer.isOver())
    for (let look = 0; left.length > 0; look++) {
      if (look > looks) Atomics.wait(this.cell, 0, 0, pause)
      left = left.filter(({ transfer }) => !transfer.isOver())
      const seconds = (performance.now() - begun) / 1000
      if (left.length > 0 && seconds > this.limit) throw this.lost(left, seconds, what)
    }
    this.spent += (performance.now() - begun) / 1000
  }

  /** Seconds that a rank waits for another one. */
  private get limit(): number {
    return Math.max(this.began ? this.deadline : firstPatience * this.deadline, patience * this.slowest)
  }

  private lost(left: readonly Awaited[], seconds: number, what: string): DiagnosticError {
    const ranks = [...new Set(left.map(({ peer }) => peer))]
    return new DiagnosticError(
      rankLost({
        rank: this.rank,
        lost: ranks.map((rank) => ({ rank, host: this.hosts[rank] ?? '' })),
        seconds,
        what,
      }),
    )
  }
}

function bytesOf(array: Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}

function rangeOf(numbers: Float32Array, range: Range = [0, 0]): Uint8Array {
  return bytesOf(numbers.subarray(...range))
}
