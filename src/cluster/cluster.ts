/**
 * The processes that train a model together. Each is a rank. All of them run the same program on the same
 * numbers; they differ in the parts of a batch that they compute. One process alone is a cluster of one.
 */

import { addInPlace } from '../run/plain-update.ts'
import type { Range } from './shards.ts'
import type { Wire } from './wire.ts'

export interface Cluster {
  /** From 0. */
  readonly rank: number
  readonly size: number
  /** The number of ranks on this machine. */
  readonly here: number
  /** Seconds that this rank has spent in exchanges, waits for slower ranks included. */
  readonly spent: number
  /** Of these, seconds that it waited until the slowest rank had computed. The rest is communication. */
  readonly waited: number
  /** What connects the ranks, for people: `Open MPI 5.0.7`; absent for one process. */
  readonly library?: string
  /** The bytes of each rank, in the order of the ranks. Every rank calls it at the same place. */
  exchange(own: Uint8Array, what: string): readonly Uint8Array[]
  /**
   * Replaces the gradients in this rank's range by their sum over all ranks (a reduce-scatter). It is added
   * in the tree of `addInTree`, so its bits depend on neither the network nor the speed of the ranks. In bf16
   * they depend on the number of ranks. Other ranges have any numbers afterwards.
   * @param present which ranks have numbers; at least one has
   * @param ranges of each rank
   */
  reduce(numbers: Float32Array, present: readonly boolean[], ranges: readonly Range[], wire: Wire): void
  /** Memory for gradients, with any numbers. */
  readonly room: (length: number) => Float32Array
  /** Adds the second to the first, on this rank. */
  readonly add: (sum: Float32Array, x: Float32Array) => void
  /**
   * Each rank's range of its numbers becomes that of all ranks (an all-gather).
   * @param wire of gradients; absent: the numbers travel as they are
   */
  share(numbers: Float32Array, ranges: readonly Range[], what: string, wire?: Wire): void
  /** Leaves the cluster. Every rank calls it as its last one. */
  close(): void
  /** Ends the processes of all ranks, with an exit code. */
  abort(code: number): void
}

export const alone: Cluster = {
  rank: 0,
  size: 1,
  here: 1,
  spent: 0,
  waited: 0,
  exchange: (own) => [own],
  reduce: () => {},
  room: (length) => new Float32Array(length),
  add: addInPlace,
  share: () => {},
  close: () => {},
  abort: () => {},
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** The text of each rank. */
export function exchangeTexts(cluster: Cluster, own: string, what: string): readonly string[] {
  return cluster.exchange(encoder.encode(own), what).map((bytes) => decoder.decode(bytes))
}

/** The text of rank 0. */
export function textOfFirst(cluster: Cluster, own: () => string, what: string): string {
  if (cluster.size === 1) return own()
  return exchangeTexts(cluster, cluster.rank === 0 ? own() : '', what)[0] ?? ''
}

/** Whether it holds on any rank. */
export function onAny(cluster: Cluster, holds: boolean, what: string): boolean {
  if (cluster.size === 1) return holds
  return cluster.exchange(Uint8Array.of(holds ? 1 : 0), what).some(([flag]) => flag === 1)
}

/** The numbers of each rank. */
export function exchangeNumbers(
  cluster: Cluster,
  own: readonly number[],
  what: string,
): readonly (readonly number[])[] {
  const bytes = new Uint8Array(Float64Array.from(own).buffer)
  return cluster.exchange(bytes, what).map((other) => [...new Float64Array(other.slice().buffer)])
}
