/**
 * Addresses and other integers of 64 bits as pairs of 32, little end first: what C structures hold, without
 * BigInt.
 */

const word = 2 ** 32

export function readAddress(integers: Int32Array, index: number): number {
  const low = (integers[2 * index] ?? 0) >>> 0
  return (integers[2 * index + 1] ?? 0) * word + low
}

export function writeAddress(integers: Int32Array, index: number, value: number): void {
  const high = Math.floor(value / word)
  integers[2 * index] = (value - high * word) | 0
  integers[2 * index + 1] = high
}
