/** Work on many items, of which each rank does a share. */
import { deserialize, serialize } from 'node:v8'
import { oneWorker, type Workers } from '../data/workers.ts'
import type { Cluster } from './cluster.ts'

/**
 * What is computed of each item, in the order of the items, on all ranks. In each round every rank computes
 * one item, and gets what the others have computed. A result is numbers, texts and arrays of them.
 * @param what of the result, for the message about a lost rank
 */
export function* shareOut<Item, Result>(
  cluster: Cluster,
  items: readonly Item[],
  compute: (item: Item) => Result,
  what: string,
): Generator<readonly [Item, Result]> {
  const { rank, size } = cluster
  if (size === 1) for (const item of items) yield [item, compute(item)]
  else
    for (let first = 0; first < items.length; first += size) {
      const round = items.slice(first, first + size)
      const [own = new Uint8Array(0)] = round.slice(rank, rank + 1).map((item) => serialize(compute(item)))
      const all = cluster.exchange(own, what)
      for (const [k, item] of round.entries()) yield [item, deserialize(all[k] ?? own)]
    }
}

/** What rank 0 has found, on all ranks: numbers, texts and arrays of them, or undefined. */
export function ofFirst<Found>(cluster: Cluster, find: () => Found, what: string): Found {
  if (cluster.size === 1) return find()
  const own = cluster.rank === 0 ? serialize(find()) : new Uint8Array(0)
  return deserialize(cluster.exchange(own, what)[0] ?? own)
}

/** All ranks, for the reading of data. */
export function workersOf(cluster: Cluster): Workers {
  if (cluster.size === 1) return oneWorker
  return {
    count: cluster.size,
    *each(items, work, what) {
      for (const [, result] of shareOut(cluster, [...items], work, what)) yield result
    },
    first: (find, what) => ofFirst(cluster, find, what),
  }
}
