/** A device whose values are in the memory of the vector functions. */
import type { Held } from '../../run/device.ts'
import type { HelperThreads } from './helper-threads.ts'
import type { Vectors } from './vectors.ts'

export interface Addressed {
  readonly vectors: Vectors
  /** Threads for large products, started on first use; undefined if there are none. */
  readonly helpers: () => HelperThreads | undefined
  /** The address of a value in bytes. */
  readonly address: (held: Held) => number
  /** The memory as integers. Call it after each allocation, which may have moved the memory. */
  readonly integers: () => Int32Array
  readonly floats: () => Float32Array
  readonly doubles: () => Float64Array
  readonly bytes: () => Uint8Array
}
