/**
 * Random numbers by name, not by order: the names are a seed, a stage, a purpose, and there are up to three
 * counters. Equal names and counters give equal numbers in every run. So shuffling and masking do not depend
 * on earlier draws.
 */
import { philox, philoxKey } from '../graph/philox.ts'

/** Uniform in the open interval (0, 1), with 53 bits, for three counters (32-bit integers). */
export type Uniform = (a: number, b?: number, c?: number) => number

/** The random numbers of one purpose: `uniform(seed, 'stage', 'shuffle')`. */
export function uniform(...names: readonly (string | number)[]): Uniform {
  const [key0, key1] = philoxKey(...names)
  const words = new Uint32Array(4)
  return (a, b = 0, c = 0) => {
    philox(a, b, c, 0, key0, key1, words)
    return (((words[0] ?? 0) >>> 5) * 67_108_864 + ((words[1] ?? 0) >>> 6) + 0.5) / 9_007_199_254_740_992
  }
}

/** The numbers 0 .. count - 1, shuffled with `random` at `epoch` (Fisher and Yates). */
export function shuffled(count: number, random: Uniform, epoch: number): Int32Array<ArrayBuffer> {
  const order = Int32Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random(epoch, i) * (i + 1))
    const moved = order[i] ?? 0
    order[i] = order[j] ?? 0
    order[j] = moved
  }
  return order
}
