/**
 * A queue of neighbouring pieces by frequency, whose counts change a little in each step. A binary heap has
 * each pair with the count at its insertion. If the count has fallen since, the entry is skipped. If it has
 * risen, there is a newer entry.
 */

interface Pair {
  readonly left: number
  readonly right: number
  /** Pieces as text, for ties. */
  readonly texts: readonly [string, string]
  count: number
  /** Words in which it has occurred at some time. */
  readonly words: Set<number>
}
interface Entry {
  readonly pair: Pair
  readonly count: number
}

export class PairQueue {
  private readonly pairs = new Map<number, Pair>()
  private readonly changed = new Set<Pair>()
  private readonly heap: Entry[] = []
  private readonly textsOf: (left: number, right: number) => readonly [string, string]

  constructor(textsOf: (left: number, right: number) => readonly [string, string]) {
    this.textsOf = textsOf
  }

  /**
   * Adds `by`, which may be negative, to the count of a pair in the word `word`. `take` sees the change after
   * `settle`.
   */
  change(left: number, right: number, by: number, word: number): void {
    const key = keyOf(left, right)
    let pair = this.pairs.get(key)
    if (pair === undefined) {
      pair = { left, right, texts: this.textsOf(left, right), count: 0, words: new Set() }
      this.pairs.set(key, pair)
    }
    pair.count += by
    if (by > 0) pair.words.add(word)
    this.changed.add(pair)
  }

  /** Inserts the pairs that have changed. */
  settle(): void {
    for (const pair of this.changed) {
      if (pair.count > 0) this.push({ pair, count: pair.count })
      else this.pairs.delete(keyOf(pair.left, pair.right))
    }
    this.changed.clear()
  }

  /**
   * The most frequent pair; undefined if none occurs `least` times. Some of its words may no longer contain
   * it. The caller joins it everywhere and reports each place with `change`, so that its count falls to 0.
   */
  take(
    least: number,
  ): { readonly left: number; readonly right: number; readonly words: Iterable<number> } | undefined {
    for (let entry = this.pop(); entry !== undefined; entry = this.pop()) {
      const { pair, count } = entry
      if (count !== pair.count) continue
      if (count < least) return undefined
      return { left: pair.left, right: pair.right, words: [...pair.words] }
    }
    return undefined
  }

  private push(entry: Entry): void {
    const { heap } = this
    let at = heap.push(entry) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent]
      if (above === undefined || !comesFirst(entry, above)) break
      heap[at] = above
      at = parent
    }
    heap[at] = entry
  }

  private pop(): Entry | undefined {
    const { heap } = this
    const top = heap[0]
    const last = heap.pop()
    if (top === undefined || last === undefined || heap.length === 0) return top
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      let best = heap[child]
      if (best === undefined) break
      const other = heap[child + 1]
      if (other !== undefined && comesFirst(other, best)) {
        best = other
        child++
      }
      if (!comesFirst(best, last)) break
      heap[at] = best
      at = child
    }
    heap[at] = last
    return top
  }
}

function keyOf(left: number, right: number): number {
  return left * 2 ** 26 + right
}

function comesFirst(a: Entry, b: Entry): boolean {
  if (a.count !== b.count) return a.count > b.count
  const [aLeft, aRight] = a.pair.texts
  const [bLeft, bRight] = b.pair.texts
  return aLeft < bLeft || (aLeft === bLeft && aRight < bRight)
}
