/**
 * Normal numbers for initial weights, by Box and Muller (1958) from Philox words: value i of a parameter
 * depends on seed, name and i alone.
 */
import { philox, philoxKey } from '../graph/philox.ts'

export interface DrawKey {
  readonly seed: number
  /** The parameter. */
  readonly name: string
}

const unit = 2 ** -32

/** `size` values of mean 0. */
export function normalValues(size: number, deviation: number, { seed, name }: DrawKey): Float32Array {
  const [key0, key1] = philoxKey('initial', seed, name)
  const words = new Uint32Array(4)
  const values = new Float32Array(size)
  for (let i = 0; i < size; i += 4) {
    philox(i >>> 2, 0, 0, 0, key0, key1, words)
    for (let pair = 0; pair < 4; pair += 2) {
      const [a, b] = boxMuller(words[pair] ?? 0, words[pair + 1] ?? 0)
      if (i + pair < size) values[i + pair] = a * deviation
      if (i + pair + 1 < size) values[i + pair + 1] = b * deviation
    }
  }
  return values
}

/**
 * As `normalValues`, with values beyond two deviations drawn again (TensorFlow's
 * truncated_normal_initializer, which BERT used).
 */
export function truncatedNormalValues(
  size: number,
  deviation: number,
  { seed, name }: DrawKey,
): Float32Array {
  const [key0, key1] = philoxKey('initial', seed, name)
  const words = new Uint32Array(4)
  const values = new Float32Array(size)
  for (let i = 0; i < size; i++) {
    let value = Number.POSITIVE_INFINITY
    for (let attempt = 0; Math.abs(value) > 2; attempt++) {
      philox(i, attempt, 1, 0, key0, key1, words)
      const [a, b] = boxMuller(words[0] ?? 0, words[1] ?? 0)
      value = Math.abs(a) <= 2 ? a : b
    }
    values[i] = value * deviation
  }
  return values
}

/** Two independent standard normal numbers from two words. */
function boxMuller(word0: number, word1: number): readonly [number, number] {
  const radius = Math.sqrt(-2 * Math.log((word0 + 0.5) * unit))
  const angle = 2 * Math.PI * (word1 * unit)
  return [radius * Math.cos(angle), radius * Math.sin(angle)]
}
