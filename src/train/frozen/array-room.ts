/**
 * Arrays whose memory is used again for the next batch. New ones for each batch, megabytes of them, make the
 * engine collect garbage every few steps, which takes time of the cores that products run on.
 */

/** float32, or float64 from the reference evaluator. */
export type Numbers = Float32Array | Float64Array

export class ArrayRoom {
  private readonly known = new Map<string, Numbers>()

  /**
   * So many numbers with undefined content, float64 where they are `wide`. They stand where those were that
   * were given under the name before.
   */
  take(name: string, count: number, wide: boolean): Numbers {
    const known = this.known.get(name)
    // Not much larger than what is asked for: a backend in a thread of its own is sent all of the memory.
    const fits = known !== undefined && known.length >= count && known.length <= 2 * count
    if (fits && known instanceof Float64Array === wide) return known.subarray(0, count)
    const made = wide ? new Float64Array(count) : new Float32Array(count)
    this.known.set(name, made)
    return made
  }
}
