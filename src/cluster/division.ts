/**
 * How a batch is divided among ranks. It is cut into `parts`, which do not depend on the number of ranks.
 * Each rank computes a block of neighbouring parts, 2^k of them, so that its sum is a subtree of
 * `addInTree`. Some ranks have no part where their number is no power of two: of 4 parts, 3 ranks have 2,
 * 2 and 0.
 */
import { alone, type Cluster, exchangeNumbers } from './cluster.ts'
import type { Wire } from './wire.ts'

/** A micro-batch of a part; absent: of part 0. */
export interface OfPart {
  readonly part?: number
}

export interface OwnBatch<Batch> {
  readonly batch: Batch
  readonly index: number
}

export class Division {
  readonly cluster: Cluster
  readonly parts: number
  /** How gradients travel between ranks. */
  readonly wire: Wire
  /** Parts of a rank. */
  private readonly block: number
  private readonly rooms: Float32Array[] = []

  /** @param parts a power of two, at least the number of ranks */
  constructor(cluster: Cluster, parts: number, wire: Wire = 'float32') {
    this.cluster = cluster
    this.parts = parts
    this.wire = wire
    let block = 1
    while (block * cluster.size < parts) block *= 2
    this.block = block
  }

  /**
   * An array with any numbers. Those of earlier steps are used again: the system gives fresh memory page by
   * page, which takes as long as a copy.
   */
  takeRoom(length: number): Float32Array {
    const at = this.rooms.findIndex((room) => room.length === length)
    const [room = this.cluster.room(length)] = at < 0 ? [] : this.rooms.splice(at, 1)
    return room
  }

  /** The array has no reader. */
  readonly returnRoom = (room: Float32Array): void => void this.rooms.push(room)

  /** What the configuration of a run has of it: absent means 1, and float32. */
  get settings(): { readonly parts?: number; readonly wire?: Wire } {
    const { parts, wire, isDivided } = this
    return { ...(isDivided ? { parts } : {}), ...(wire === 'float32' ? {} : { wire }) }
  }

  /** Whether gradients of parts are added up apart from each other. */
  get isDivided(): boolean {
    return this.parts > 1
  }

  /** The number of parts that this rank computes. */
  get ownCount(): number {
    return Math.max(0, Math.min(this.block, this.parts - this.cluster.rank * this.block))
  }

  owns({ part = 0 }: OfPart): boolean {
    return this.rankOf(part) === this.cluster.rank
  }

  /** The micro-batches of this rank, with their places among all. */
  ownOf<Batch extends OfPart>(batches: readonly Batch[]): readonly OwnBatch<Batch>[] {
    return batches.map((batch, index) => ({ batch, index })).filter(({ batch }) => this.owns(batch))
  }

  /** The same, part by part. Some parts may have none: the last batch of an epoch may have fewer examples. */
  ownParts<Batch extends OfPart>(batches: readonly Batch[]): readonly (readonly OwnBatch<Batch>[])[] {
    const own = this.ownOf(batches)
    const first = this.cluster.rank * this.block
    return Array.from({ length: this.block }, (_, k) =>
      own.filter(({ batch: { part = 0 } }) => part === first + k),
    )
  }

  /** Which ranks have any of these micro-batches. */
  present(batches: readonly OfPart[]): readonly boolean[] {
    const ranks = new Set(batches.map(({ part = 0 }) => this.rankOf(part)))
    return Array.from({ length: this.cluster.size }, (_, rank) => ranks.has(rank))
  }

  /** Of each micro-batch the numbers that its rank has computed. `own` has those of this rank, in order. */
  gather(own: readonly (readonly number[])[], what: string): readonly (readonly number[])[] {
    const { cluster } = this
    if (cluster.size === 1) return own
    // Each rank tells the length of its rows, too.
    return exchangeNumbers(cluster, [own[0]?.length ?? 0, ...own.flat()], what).flatMap(
      ([width = 0, ...all]) =>
        Array.from({ length: width > 0 ? all.length / width : 0 }, (_, row) =>
          all.slice(row * width, (row + 1) * width),
        ),
    )
  }

  private rankOf(part: number): number {
    return Math.floor(part / this.block)
  }
}

export const undivided = new Division(alone, 1)
