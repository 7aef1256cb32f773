/**
 * Arrays whose memory is reused for the next batch. New arrays of megabytes for each batch would cause
 * garbage collections every few steps, which take time from the matrix products.
 */

/** float32, or float64 from the reference evaluator. */
export type Numbers = Float32Array | Float64Array

export class ArrayRoom {
  private readonly known = new Map<string, Numbers>()

  /**
   * An array of `count` numbers with undefined content, in float64 if `wide`. It reuses the memory of the
   * last array of this name.
   */
  take(name: string, count: number, wide: boolean): Numbers {
    const known = this.known.get(name)
    // Not much larger than needed: all of the memory is sent to a backend in another thread.
    const fits = known !== undefined && known.length >= count && known.length <= 2 * count
    if (fits && known instanceof Float64Array === wide) return known.subarray(0, count)
    const made = wide ? new Float64Array(count) : new Float32Array(count)
    this.known.set(name, made)
    return made
  }
}
