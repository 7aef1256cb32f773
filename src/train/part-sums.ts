/**
 * The gradients of the parts of a batch, summed over all ranks: each parameter on the rank that updates it,
 * whose new weights then go to all.
 */
import { type Cluster, exchangeNumbers } from '../cluster/cluster.ts'
import type { Division, OfPart } from '../cluster/division.ts'
import { Shards } from '../cluster/shards.ts'
import { TreeSum } from '../cluster/tree.ts'
import type { Gradient } from '../run/runner.ts'
import { elements, type ParameterStore } from './parameters.ts'

/** Which rank updates which of these parameters. */
export function shardsOf(keys: readonly string[], store: ParameterStore, { size }: Cluster): Shards {
  return new Shards(new Map(keys.map((key) => [key, elements(store.get(key).shape)])), size)
}

export class PartSums {
  private readonly keys: readonly string[]
  private readonly tree: TreeSum
  private readonly division: Division
  private shards: Shards | undefined
  /** All parameters, one after another: their gradients, then their new weights. */
  private all: Float32Array = new Float32Array(0)

  constructor(keys: readonly string[], division: Division) {
    this.keys = keys
    this.division = division
    this.tree = new TreeSum({ add: division.cluster.add, free: division.returnRoom })
  }

  /**
   * Copies the gradients of a part, or adds them to those of the part before. Undefined for a part without a
   * micro-batch.
   */
  add(gradientOf: ((key: string) => Float32Array) | undefined): void {
    if (gradientOf === undefined) {
      this.tree.add(undefined)
      return
    }
    const arrays = this.keys.map(gradientOf)
    const { neighbour } = this.tree
    const all = neighbour ?? this.division.takeRoom(arrays.reduce((sum, { length }) => sum + length, 0))
    let at = 0
    for (const array of arrays) {
      const own = all.subarray(at, at + array.length)
      if (neighbour === undefined) own.set(array)
      else this.division.cluster.add(own, array)
      at += array.length
    }
    this.tree.add(neighbour === undefined ? all : undefined)
  }

  /** The sum over the parts of all ranks, of the parameters that this rank updates. */
  addUp(batches: readonly OfPart[], store: ParameterStore): Map<string, Gradient> {
    const { division } = this
    const { cluster } = division
    this.shards ??= shardsOf(this.keys, store, cluster)
    const { ranges } = this.shards
    this.all = this.tree.take() ?? division.takeRoom(ranges.at(-1)?.[1] ?? 0)
    cluster.reduce(this.all, division.present(batches), ranges, division.wire)
    if (!this.shards.isDivided) cluster.share(this.all, ranges, 'its gradients', division.wire)
    return new Map(
      this.views(store)
        .filter(([key]) => this.owns(key))
        .map(([key, data]) => [key, { shape: store.get(key).shape, data }]),
    )
  }

  /** Whether this rank updates a parameter. */
  owns(key: string): boolean {
    return this.shards?.isUpdatedBy(this.division.cluster.rank, key) ?? true
  }

  /**
   * The sums of squares of all gradients, in the order of the keys.
   * @param own those of the parameters that this rank updates
   */
  squares(own: readonly number[]): readonly number[] {
    const { cluster } = this.division
    return this.shards?.isDivided ? exchangeNumbers(cluster, own, 'the norm of its gradients').flat() : own
  }

  /** Gives the weights that this rank has updated to all ranks, and takes theirs. */
  shareWeights(store: ParameterStore): void {
    const { shards } = this
    const { cluster } = this.division
    if (shards === undefined) return
    if (shards.isDivided) {
      const views = this.views(store)
      for (const [key, data] of views) if (this.owns(key)) data.set(store.get(key).read())
      cluster.share(this.all, shards.ranges, 'its weights')
      for (const [key, data] of views) if (!this.owns(key)) store.assign(key, data)
    }
    this.division.returnRoom(this.all)
  }

  /** Where each parameter lies in the array of all. */
  private views(store: ParameterStore): readonly (readonly [string, Float32Array])[] {
    let at = 0
    return this.keys.map((key) => {
      const from = at
      at += elements(store.get(key).shape)
      return [key, this.all.subarray(from, at)] as const
    })
  }
}
