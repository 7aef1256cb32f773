/**
 * Which rank updates which parameters (ZeRO stage 1, Rajbhandari et al. 2020): it alone has their moments.
 * A rank has whole parameters, so an update that reads the norm of one never sees a part of it. They are
 * neighbours in the order of the keys, and the ranks have about as many numbers each.
 */

/** A stretch of the numbers of all parameters, one after another: from, and to without it. */
export type Range = readonly [number, number]

export class Shards {
  /** Of each rank. */
  readonly ranges: readonly Range[]
  private readonly owners: ReadonlyMap<string, number>

  /** @param sizes the numbers of each parameter, by key */
  constructor(sizes: ReadonlyMap<string, number>, ranks: number) {
    const total = [...sizes.values()].reduce((sum, size) => sum + size, 0)
    const owners = new Map<string, number>()
    const counts = Array.from({ length: ranks }, () => 0)
    let at = 0
    for (const [key, size] of sizes) {
      // The rank in whose equal share the middle of the parameter lies.
      const owner = Math.min(ranks - 1, Math.floor(((at + size / 2) / Math.max(1, total)) * ranks))
      owners.set(key, owner)
      counts[owner] = (counts[owner] ?? 0) + size
      at += size
    }
    const ends = counts.map((_, rank) => counts.slice(0, rank + 1).reduce((sum, count) => sum + count, 0))
    this.ranges = ends.map((end, rank) => [ends[rank - 1] ?? 0, end])
    this.owners = owners
  }

  ownerOf(key: string): number {
    return this.owners.get(key) ?? 0
  }
}

/** As equal as whole cache lines of float32 allow. */
export function evenRanges(length: number, ranks: number): readonly Range[] {
  const each = 16 * Math.ceil(length / ranks / 16)
  return Array.from({ length: ranks }, (_, rank) => [
    Math.min(length, rank * each),
    Math.min(length, (rank + 1) * each),
  ])
}
