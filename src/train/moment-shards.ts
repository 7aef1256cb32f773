/** The moments of an optimizer among ranks: each has those of the parameters that it updates. */
import type { Cluster } from '../cluster/cluster.ts'
import type { Shards } from '../cluster/shards.ts'
import type { Resident } from '../run/resident.ts'
import type { WrittenState } from './checkpoint.ts'
import type { OptimizerState } from './update.ts'

export class MomentShards {
  private readonly cluster: Cluster
  /** Absent: each rank has all moments, as a checkpoint has. */
  private shards: Shards | undefined

  constructor(cluster: Cluster) {
    this.cluster = cluster
  }

  /** From now on moments are where `next` says. Every rank calls it. */
  divide(state: OptimizerState, next: Shards): void {
    if (this.cluster.size === 1) return
    const { rank } = this.cluster
    for (const [key, { slots }] of state)
      for (const slot of slots) {
        // A stage that continues an optimizer may train other parameters than the one before.
        if (this.shards !== undefined && this.shards.ownerOf(key) !== next.ownerOf(key)) {
          const values = this.valuesOf(key, slot)
          if (next.ownerOf(key) === rank) slot.assign(values)
        }
        if (next.ownerOf(key) !== rank) slot.release()
      }
    this.shards = next
  }

  /** The state was read from a checkpoint: it is to be divided. */
  isWhole(): void {
    this.shards = undefined
  }

  /** What this rank has. */
  own(state: OptimizerState): OptimizerState {
    return new Map([...state].filter(([key]) => this.owns(key)))
  }

  /** All moments. Every rank reads each of them, in this order. */
  gathered(state: OptimizerState): WrittenState {
    if (this.shards === undefined) return state
    return new Map(
      [...state].map(([key, { updates, slots }]) => [
        key,
        {
          updates,
          slots: slots.map((slot) => ({ shape: slot.shape, read: () => this.valuesOf(key, slot) })),
        },
      ]),
    )
  }

  private owns(key: string): boolean {
    return this.shards === undefined || this.shards.ownerOf(key) === this.cluster.rank
  }

  /** On all ranks. */
  private valuesOf(key: string, slot: Resident): Float32Array {
    if (this.shards === undefined) return slot.read()
    const owner = this.shards.ownerOf(key)
    const { buffer, byteOffset, byteLength } = this.owns(key) ? slot.read() : new Float32Array(0)
    const all = this.cluster.exchange(new Uint8Array(buffer, byteOffset, byteLength), 'its moments')
    // A copy is aligned.
    return new Float32Array((all[owner] ?? new Uint8Array(0)).slice().buffer)
  }
}
