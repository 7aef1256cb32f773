/**
 * Which rank updates which parameters (ZeRO stage 1, Rajbhandari et al. 2020): it alone has their moments.
 * A rank has whole parameters, so an update that reads the norm of one never sees a part of it. They are
 * neighbours in the order of the keys, and the ranks have about as many numbers each. Where one parameter is
 * much larger than an equal share, its rank would make the others wait: then each rank updates all.
 */

/** A stretch of the numbers of all parameters, one after another: from, and to without it. */
export type Range = readonly [number, number]

/** A rank may have so many times an equal share. */
const largestShare = 1.5

export class Shards {
  /** Of each rank: the numbers that it adds up, and updates where updates are divided. */
  readonly ranges: readonly Range[]
  /** Whether each parameter is updated by one rank alone. */
  readonly isDivided: boolean
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
    this.isDivided = ranks > 1 && Math.max(...counts) <= (largestShare * total) / ranks
    this.ranges = this.isDivided ? oneAfterAnother(counts) : evenRanges(total, ranks)
    this.owners = owners
  }

  /** The rank that alone updates a parameter. Undefined: all ranks do. */
  ownerOf(key: string): number | undefined {
    return this.isDivided ? (this.owners.get(key) ?? 0) : undefined
  }

  isUpdatedBy(rank: number, key: string): boolean {
    return (this.ownerOf(key) ?? rank) === rank
  }
}

function oneAfterAnother(counts: readonly number[]): readonly Range[] {
  let at = 0
  return counts.map((count) => {
    const from = at
    at += count
    return [from, at]
  })
}

/** As equal as whole cache lines of float32 allow. */
export function evenRanges(length: number, ranks: number): readonly Range[] {
  const each = 16 * Math.ceil(length / ranks / 16)
  return Array.from({ length: ranks }, (_, rank) => [
    Math.min(length, rank * each),
    Math.min(length, (rank + 1) * each),
  ])
}
