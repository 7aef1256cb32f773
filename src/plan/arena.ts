/**
 * Offsets for buffers in one block of memory. Two buffers that live at the same time never overlap. First-fit
 * runs in order of time and again with the largest first; the smaller block wins.
 */

/** A stretch of memory that is needed from step `first` to step `last`, both included. */
export interface Lifetime {
  readonly bytes: number
  readonly first: number
  readonly last: number
}

export interface Arena {
  /** By index of the lifetime; multiples of `alignment`. */
  readonly offsets: readonly number[]
  /** Bytes of the whole block. */
  readonly bytes: number
}

/** Whole cache lines, and the widest vectors. */
export const alignment = 64

/** Above this number of buffers, the largest-first search is skipped: it is quadratic in the worst case. */
const manyBuffers = 4000

export function aligned(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment
}

/** O(n log n + n gaps) in order of time; for fewer than 4,000 buffers also with the largest first. */
export function placeBuffers(lifetimes: readonly Lifetime[]): Arena {
  const inTime = placeInTime(lifetimes)
  if (lifetimes.length > manyBuffers) return inTime
  const bySize = placeBySize(lifetimes, inTime.bytes)
  return bySize !== undefined && bySize.bytes < inTime.bytes ? bySize : inTime
}

/** As an allocator would at run time: the lowest gap that is wide enough. */
function placeInTime(lifetimes: readonly Lifetime[]): Arena {
  const offsets = new Array<number>(lifetimes.length).fill(0)
  const starting = [...lifetimes.keys()].sort(
    (a, b) => firstOf(lifetimes, a) - firstOf(lifetimes, b) || a - b,
  )
  const ending = [...lifetimes.keys()].sort((a, b) => lastOf(lifetimes, a) - lastOf(lifetimes, b))
  const gaps = new Gaps()
  let ended = 0
  for (const index of starting) {
    const now = firstOf(lifetimes, index)
    for (let old = ending[ended]; old !== undefined && lastOf(lifetimes, old) < now; old = ending[ended]) {
      gaps.give(offsets[old] ?? 0, sizeOf(lifetimes, old))
      ended++
    }
    offsets[index] = gaps.take(sizeOf(lifetimes, index))
  }
  return { offsets, bytes: gaps.end }
}

/**
 * Largest first, each at the lowest offset that is free during its life; undefined as soon as the block grows
 * past `limit`.
 */
function placeBySize(lifetimes: readonly Lifetime[], limit: number): Arena | undefined {
  const offsets = new Array<number>(lifetimes.length).fill(0)
  const order = [...lifetimes.keys()].sort((a, b) => sizeOf(lifetimes, b) - sizeOf(lifetimes, a) || a - b)
  // placed ones by offset
  const placed: number[] = []
  let bytes = 0
  for (const index of order) {
    const size = sizeOf(lifetimes, index)
    const [first, last] = [firstOf(lifetimes, index), lastOf(lifetimes, index)]
    let offset = 0
    for (const other of placed) {
      if (lastOf(lifetimes, other) < first || firstOf(lifetimes, other) > last) continue
      const start = offsets[other] ?? 0
      if (start >= offset + size) break
      offset = Math.max(offset, start + sizeOf(lifetimes, other))
    }
    offsets[index] = offset
    bytes = Math.max(bytes, offset + size)
    if (bytes >= limit) return undefined
    insertBy(placed, index, (i) => offsets[i] ?? 0)
  }
  return { offsets, bytes }
}

function firstOf(lifetimes: readonly Lifetime[], index: number): number {
  return lifetimes[index]?.first ?? 0
}

function lastOf(lifetimes: readonly Lifetime[], index: number): number {
  return lifetimes[index]?.last ?? 0
}

function sizeOf(lifetimes: readonly Lifetime[], index: number): number {
  return aligned(lifetimes[index]?.bytes ?? 0)
}

function insertBy(list: number[], item: number, key: (item: number) => number): void {
  let [low, high] = [0, list.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (key(list[middle] ?? 0) <= key(item)) low = middle + 1
    else high = middle
  }
  list.splice(low, 0, item)
}

/** The free stretches of a block that grows at its end, in order, neighbours merged. */
class Gaps {
  end = 0
  private readonly starts: number[] = []
  private readonly sizes: number[] = []

  take(size: number): number {
    if (size === 0) return 0
    const found = this.sizes.findIndex((free) => free >= size)
    if (found < 0) return this.grow(size)
    const start = this.starts[found] ?? 0
    const left = (this.sizes[found] ?? 0) - size
    if (left === 0) {
      this.starts.splice(found, 1)
      this.sizes.splice(found, 1)
    } else {
      this.starts[found] = start + size
      this.sizes[found] = left
    }
    return start
  }

  give(start: number, size: number): void {
    if (size === 0) return
    let at = this.starts.findIndex((other) => other > start)
    if (at < 0) at = this.starts.length
    const before = at - 1
    const joinsBefore = before >= 0 && (this.starts[before] ?? 0) + (this.sizes[before] ?? 0) === start
    const joinsAfter = this.starts[at] === start + size
    if (joinsBefore && joinsAfter) {
      this.sizes[before] = (this.sizes[before] ?? 0) + size + (this.sizes[at] ?? 0)
      this.starts.splice(at, 1)
      this.sizes.splice(at, 1)
    } else if (joinsBefore) this.sizes[before] = (this.sizes[before] ?? 0) + size
    else if (joinsAfter) {
      this.starts[at] = start
      this.sizes[at] = size + (this.sizes[at] ?? 0)
    } else {
      this.starts.splice(at, 0, start)
      this.sizes.splice(at, 0, size)
    }
  }

  /** A last gap that reaches the end is used up first. */
  private grow(size: number): number {
    const last = this.starts.length - 1
    const start = this.starts[last]
    if (start !== undefined && start + (this.sizes[last] ?? 0) === this.end) {
      this.starts.pop()
      this.sizes.pop()
      this.end = start + size
      return start
    }
    this.end += size
    return this.end - size
  }
}
