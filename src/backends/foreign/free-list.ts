/**
 * Which stretches of a block of memory are free: in order of place, neighbours merged, the lowest that fits
 * is taken. Equal sequences of requests get equal places.
 */
export class FreeList {
  private readonly starts: number[]
  private readonly sizes: number[]

  constructor(bytes: number) {
    this.starts = [0]
    this.sizes = [bytes]
  }

  /** Allocates `bytes` and returns their place; undefined if no gap is wide enough. */
  take(bytes: number): number | undefined {
    const at = this.sizes.findIndex((free) => free >= bytes)
    if (at < 0) return undefined
    const start = this.starts[at] ?? 0
    const left = (this.sizes[at] ?? 0) - bytes
    if (left === 0) {
      this.starts.splice(at, 1)
      this.sizes.splice(at, 1)
    } else {
      this.starts[at] = start + bytes
      this.sizes[at] = left
    }
    return start
  }

  give(start: number, bytes: number): void {
    const at = this.after(start)
    const before = at - 1
    const joinsBefore = before >= 0 && (this.starts[before] ?? 0) + (this.sizes[before] ?? 0) === start
    const joinsAfter = this.starts[at] === start + bytes
    if (joinsBefore) {
      this.sizes[before] = (this.sizes[before] ?? 0) + bytes + (joinsAfter ? (this.sizes[at] ?? 0) : 0)
      if (!joinsAfter) return
      this.starts.splice(at, 1)
      this.sizes.splice(at, 1)
    } else if (joinsAfter) {
      this.starts[at] = start
      this.sizes[at] = bytes + (this.sizes[at] ?? 0)
    } else {
      this.starts.splice(at, 0, start)
      this.sizes.splice(at, 0, bytes)
    }
  }

  /** Index of the first free stretch that begins after `start`. */
  private after(start: number): number {
    let [low, high] = [0, this.starts.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.starts[middle] ?? 0) <= start) low = middle + 1
      else high = middle
    }
    return low
  }
}
