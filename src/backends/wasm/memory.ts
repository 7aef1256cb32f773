/** A device whose values lie in the memory on which our vector functions work. */
import type { Held } from '../../run/device.ts'
import type { HelperThreads } from './helper-threads.ts'
import type { Vectors } from './vectors.ts'

export interface Addressed {
  readonly vectors: Vectors
  /** Threads for large products, started when they are first asked for; undefined where there are none. */
  readonly helpers: () => HelperThreads | undefined
  /** Where a value lies, in bytes. */
  readonly address: (held: Held) => number
  /** The memory as integers, to be asked for after each allocation: it may have moved. */
  readonly integers: () => Int32Array
  readonly floats: () => Float32Array
  readonly doubles: () => Float64Array
  readonly bytes: () => Uint8Array
}
