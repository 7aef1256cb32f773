/**
 * When a cache is worth its bytes: what a pass decides by, and a trainer again when it knows how often
 * examples are read.
 */

/**
 * To read a byte of the cache and bring it to the device takes as long as so many operations: 1.5 ns (half
 * from a file) at 20 GFLOP/s.
 */
export const flopsPerByte = 32

/**
 * Is it cheaper to compute once and read so many times than to compute so many times? Operations and bytes of
 * an example.
 */
export function pays(times: number, flops: number, bytes: number): boolean {
  return flops + times * bytes * flopsPerByte < times * flops
}
