/**
 * When a cache is worth its bytes. A pass decides by it, and the trainer once more when it knows how often
 * examples are read.
 */

/**
 * Reading a byte of the cache and copying it to the device takes as long as this number of operations: 1.5 ns
 * (half from a file) at 20 GFLOP/s.
 */
export const flopsPerByte = 32

/**
 * Is it cheaper to compute once and read so many times than to compute so many times? Operations and bytes of
 * an example.
 */
export function pays(times: number, flops: number, bytes: number): boolean {
  return flops + times * bytes * flopsPerByte < times * flops
}
