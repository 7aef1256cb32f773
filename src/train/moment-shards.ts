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
    const { rank } = this.cluster
    for (const [key, { slots }] of state) {
      const [from, to] = [this.shards?.ownerOf(key), next.ownerOf(key)]
      for (const slot of slots) {
        // A stage may continue the optimizer of one that trained other parameters.
        if (from !== undefined && from !== to) {
          const values = this.valuesOf(key, slot)
          if (from !== rank && next.isUpdatedBy(rank, key)) slot.assign(values)
        }
        if (!next.isUpdatedBy(rank, key)) slot.release()
      }
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
    if (!this.shards?.isDivided) return state
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
    return this.shards?.isUpdatedBy(this.cluster.rank, key) ?? true
  }

  /** On all ranks. */
  private valuesOf(key: string, slot: Resident): Float32Array {
    const owner = this.shards?.ownerOf(key)
    if (owner === undefined) return slot.read()
    const { buffer, byteOffset, byteLength } = this.owns(key) ? slot.read() : new Float32Array(0)
    const all = this.cluster.exchange(new Uint8Array(buffer, byteOffset, byteLength), 'its moments')
    // A copy is aligned.
    return new Float32Array((all[owner] ?? new Uint8Array(0)).slice().buffer)
  }
}
