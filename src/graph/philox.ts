/**
 * Counter-based randomness: a random word is a function of what it is for, never of when it is drawn. So a
 * mask stays the same when padding is removed, batches are split, a step is recomputed, or a run is resumed.
 * Every backend draws through this file.
 *
 * Philox4x32-10: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011);
 * tested against their known answers.
 */

import { type Axis, GraphError, type Node, type RandomKey } from './graph.ts'
import { placeAt } from './positions.ts'

const multiplier0 = 0xd2511f53
const multiplier1 = 0xcd9e8d57
const weyl0 = 0x9e3779b9
const weyl1 = 0xbb67ae85

/** Upper 32 bits of the 64-bit product of two 32-bit words. */
function upper(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16)
  const carry = aLow * bHigh + (middle & 0xffff)
  return (aHigh * bHigh + (middle >>> 16) + (carry >>> 16)) >>> 0
}

/**
 * Four random words from a counter of four words and a key of two, into out[0..3]. All are 32-bit unsigned.
 */
export function philox(
  counter0: number,
  counter1: number,
  counter2: number,
  counter3: number,
  key0: number,
  key1: number,
  out: Uint32Array,
): void {
  let c0 = counter0
  let c1 = counter1
  let c2 = counter2
  let c3 = counter3
  let k0 = key0
  let k1 = key1
  for (let round = 0; round < 10; round++) {
    const high0 = upper(multiplier0, c0)
    const low0 = Math.imul(multiplier0, c0)
    const high1 = upper(multiplier1, c2)
    const low1 = Math.imul(multiplier1, c2)
    c0 = high1 ^ c1 ^ k0
    c1 = low1
    c2 = high0 ^ c3 ^ k1
    c3 = low0
    k0 = (k0 + weyl0) | 0
    k1 = (k1 + weyl1) | 0
  }
  out[0] = c0
  out[1] = c1
  out[2] = c2
  out[3] = c3
}

/**
 * A 64-bit key from what randomness is for (a seed, a stage, a site ..), the same on every machine: two
 * multiplicative hashes of the text, mixed.
 */
export function philoxKey(...parts: readonly (string | number)[]): readonly [number, number] {
  let a = 0xdeadbeef
  let b = 0x41c6ce57
  for (const text of parts.map((part) => `${part}\u0000`)) {
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      a = Math.imul(a ^ unit, 0x9e3779b1)
      b = Math.imul(b ^ unit, 0x5f356495)
    }
  }
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35)
  b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35)
  return [a >>> 0, b >>> 0]
}

/** Whether a node is a mask of dropout, as factors or as booleans. */
export function isDropoutMask({ op }: Pick<Node, 'op'>): boolean {
  return op === 'dropout_mask' || op === 'dropout_keep'
}

export interface DropoutRequest {
  readonly random: RandomKey
  readonly site: string
  /** Probability of 0, in steps of 2^-16. */
  readonly rate: number
  /**
   * Axes of the result in canonical order, out of example, position, head, token, token', unit, class, and
   * their sizes.
   */
  readonly axes: readonly Axis[]
  readonly shape: readonly number[]
  /** The id of the sample in each batch row. Unused without an axis example or position. */
  readonly samples: ArrayLike<number>
  /** With an axis position: the places (gather_positions.ts), and the tokens of an example. */
  readonly positions?: { readonly places: ArrayLike<number>; readonly L: number }
}

/**
 * Fills `out`, row-major over `shape`, with 0 or 1 / (1 - rate). The key is that of (seed, stage, site). The
 * counter is (step, sample id, token + 2^16 token', head 2^24 + block), where a block is 8 neighbours along
 * the last axis, with 16 bits each. The last axis has no other part in the counter. A position counts as its
 * example and its token. Throws GraphError for an axis that has no place in the counter or is too long for
 * it.
 */
export function dropoutMask(request: DropoutRequest, out: Float32Array | Float64Array): void {
  const { axes, shape, samples, random, rate } = request
  const [key0, key1] = philoxKey(random.seed, random.stage, request.site)
  const places = counterPlaces(axes, shape)
  const keep = 1 / (1 - rate)
  const threshold = Math.round(rate * 65536)
  const words = new Uint32Array(4)
  const { length, alone } = places
  for (let row = 0, to = 0; to < out.length; row++) {
    let rest = row
    let sample = 0
    let tokens = 0
    let upperBits = 0
    // in a mask over [example, token] the neighbours along token share a counter: `lane` is that of a
    // position in it
    let lane = 0
    for (let k = places.leading.length - 1; k >= 0; k--) {
      const size = places.sizes[k] ?? 1
      const index = rest % size
      rest = (rest - index) / size
      const axis = places.leading[k]
      if (axis === 'example') sample = samples[index] ?? 0
      else if (axis === 'position') {
        const { places: at = [], L = 1 } = request.positions ?? {}
        const place = at[index] ?? 0
        const live = placeAt(place)
        sample = samples[Math.floor(live / L)] ?? 0
        if (!alone) tokens += live % L
        else {
          lane = (live % L) & 7
          upperBits |= (live % L) >> 3
        }
      } else if (axis === 'token') tokens += index
      else if (axis === "token'") tokens += index * 65536
      else upperBits |= index << 24
    }
    for (let block = 0; block * 8 < length; block++) {
      philox(random.step, sample, tokens, upperBits | block, key0, key1, words)
      const end = Math.min(length - block * 8, 8)
      for (let i = lane; i < lane + end; i++) {
        const bits = ((words[i >> 1] ?? 0) >>> ((i & 1) << 4)) & 0xffff
        out[to++] = bits < threshold ? 0 : keep
      }
    }
  }
}

/**
 * The places of the counter for the axes in `leading`, of `sizes`. The last axis has none, since its `length`
 * neighbours share counters. If the last axis is example or position, it leads too, `alone`, with a length of
 * 1. Throws GraphError for an axis that has no place in the counter or is too long for it.
 */
export function counterPlaces(axes: readonly Axis[], shape: readonly number[]) {
  const last = axes.at(-1)
  const alone = last === undefined || last === 'example' || last === 'position'
  const leading = alone ? axes : axes.slice(0, -1)
  const limits: { readonly [axis: string]: number } = {
    example: Number.POSITIVE_INFINITY,
    position: Number.POSITIVE_INFINITY,
    head: 2 ** 8,
    token: 2 ** 16,
    "token'": 2 ** 16,
  }
  leading.forEach((axis, k) => {
    const limit = limits[axis]
    const size = shape[k] ?? 1
    if (limit === undefined || size > limit)
      throw new GraphError(`dropout_mask: no place for ${axis} ${size}`)
  })
  const length = alone ? 1 : (shape.at(-1) ?? 1)
  if (length > 8 * 2 ** 24) throw new GraphError(`dropout_mask: no place for ${last} ${length}`)
  return { leading, sizes: shape.slice(0, leading.length), length, alone }
}
