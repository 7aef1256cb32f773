/**
 * What products of low precision make of their operands, as float64 values that are exact: the reference of
 * all backends.
 */
import type { LowPrecision } from '../../precision.ts'
import { at } from './values.ts'

/** Both operands of a product as rows of `k` that are summed over: what is multiplied in a precision. */
export function operandsIn(
  precision: LowPrecision | undefined,
  left: Float64Array,
  right: Float64Array,
  k: number,
): readonly [left: Float64Array, right: Float64Array] {
  if (precision === 'bf16') return [inBf16(left), inBf16(right)]
  if (precision === 'int8') return [inWholeNumbers(left, k), inWholeNumbers(right, k)]
  return [left, right]
}

/** Each element as the nearest bfloat16, ties to even. */
function inBf16(data: Float64Array): Float64Array {
  const bits = new Uint32Array(Float32Array.from(data).buffer)
  for (const [i, word] of bits.entries()) {
    // the upper half, rounded; infinities and NaN stay
    const special = (word & 0x7f800000) === 0x7f800000
    bits[i] = (special ? word : word + 0x7fff + ((word >>> 16) & 1)) & 0xffff0000
  }
  return Float64Array.from(new Float32Array(bits.buffer))
}

/** Rows of k in -127..127: q scale, scale = max |x| / 127. */
function inWholeNumbers(data: Float64Array, k: number): Float64Array {
  const out = new Float64Array(data.length)
  for (let start = 0; k > 0 && start < data.length; start += k) {
    const row = data.subarray(start, start + k)
    const scale = Math.fround(row.reduce((a, b) => Math.max(a, Math.abs(b)), 0) / 127)
    if (scale === 0) continue
    for (let i = 0; i < k; i++) out[start + i] = clamp(toEven(at(row, i) / scale), -127, 127) * scale
  }
  return out
}

function clamp(x: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, x))
}

/** The nearest whole number, ties to even. */
function toEven(x: number): number {
  const floor = Math.floor(x)
  const rest = x - floor
  if (rest !== 0.5) return Math.round(x)
  return floor % 2 === 0 ? floor : floor + 1
}
