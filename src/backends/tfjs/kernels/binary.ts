/**
 * Element-wise ops of two inputs that broadcast by axis name. A row is the longest run along which both
 * inputs have constant steps. Each op has its own copy of the loops below, so that it is compiled separately
 * and no function is called for each element.
 */
import type { View } from '../../../run/device.ts'
import { inputOf } from '../../../run/site.ts'
import { type ArrayKernel, booleans, floats } from '../kernel.ts'
import { broadcastRows } from '../layout.ts'

/** One row: `n` results from `o` on; `a` from `i` on in steps of `s`, `b` from `j` on in steps of `t`. */
type Row<In extends View, Out extends View> = (
  a: In,
  i: number,
  s: number,
  b: In,
  j: number,
  t: number,
  out: Out,
  o: number,
  n: number,
) => void

function eachRow<In extends View, Out extends View>(
  row: Row<In, Out>,
  input: (view: View | undefined) => In,
  result: (view: View) => Out,
): ArrayKernel {
  return (site) => {
    const { count, length, steps, starts } = broadcastRows([inputOf(site, 0), inputOf(site, 1)], site.output)
    const [s = 0, t = 0] = steps
    const [startsA = new Int32Array(), startsB = new Int32Array()] = starts
    return (inputs, output) => {
      const a = input(inputs[0])
      const b = input(inputs[1])
      const out = result(output)
      for (let r = 0; r < count; r++)
        row(a, startsA[r] as number, s, b, startsB[r] as number, t, out, r * length, length)
    }
  }
}

function float(row: Row<Float32Array, Float32Array>): ArrayKernel {
  const kernel = eachRow(row, floats, floats)
  return (site) => (site.inputs.every((input) => input.dtype === 'f32') ? kernel(site) : undefined)
}

export const add = float((a, i, s, b, j, t, out, o, n) => {
  for (const end = o + n; o < end; o++, i += s, j += t) out[o] = (a[i] as number) + (b[j] as number)
})
export const subtract = float((a, i, s, b, j, t, out, o, n) => {
  for (const end = o + n; o < end; o++, i += s, j += t) out[o] = (a[i] as number) - (b[j] as number)
})
export const multiply = float((a, i, s, b, j, t, out, o, n) => {
  for (const end = o + n; o < end; o++, i += s, j += t) out[o] = (a[i] as number) * (b[j] as number)
})
export const divide = float((a, i, s, b, j, t, out, o, n) => {
  for (const end = o + n; o < end; o++, i += s, j += t) out[o] = (a[i] as number) / (b[j] as number)
})
export const power = float((a, i, s, b, j, t, out, o, n) => {
  for (const end = o + n; o < end; o++, i += s, j += t) out[o] = (a[i] as number) ** (b[j] as number)
})
export const minimum = float((a, i, s, b, j, t, out, o, n) => {
  for (const end = o + n; o < end; o++, i += s, j += t) out[o] = Math.min(a[i] as number, b[j] as number)
})
export const maximum = float((a, i, s, b, j, t, out, o, n) => {
  for (const end = o + n; o < end; o++, i += s, j += t) out[o] = Math.max(a[i] as number, b[j] as number)
})

const anything = (view: View | undefined): View => view ?? new Float32Array()
const compare = (row: Row<View, Uint8Array>): ArrayKernel => eachRow(row, anything, booleans)

export const less = compare((a, i, s, b, j, t, out, o, n) => {
  for (const end = o + n; o < end; o++, i += s, j += t) out[o] = (a[i] as number) < (b[j] as number) ? 1 : 0
})
export const lessEqual = compare((a, i, s, b, j, t, out, o, n) => {
  for (const end = o + n; o < end; o++, i += s, j += t) out[o] = (a[i] as number) <= (b[j] as number) ? 1 : 0
})
export const greater = compare((a, i, s, b, j, t, out, o, n) => {
  for (const end = o + n; o < end; o++, i += s, j += t) out[o] = (a[i] as number) > (b[j] as number) ? 1 : 0
})
export const greaterEqual = compare((a, i, s, b, j, t, out, o, n) => {
  for (const end = o + n; o < end; o++, i += s, j += t) out[o] = (a[i] as number) >= (b[j] as number) ? 1 : 0
})
export const equal = compare((a, i, s, b, j, t, out, o, n) => {
  for (const end = o + n; o < end; o++, i += s, j += t) out[o] = (a[i] as number) === (b[j] as number) ? 1 : 0
})
export const notEqual = compare((a, i, s, b, j, t, out, o, n) => {
  for (const end = o + n; o < end; o++, i += s, j += t) out[o] = (a[i] as number) !== (b[j] as number) ? 1 : 0
})
export const and = eachRow(
  (a, i, s, b, j, t, out, o, n) => {
    for (const end = o + n; o < end; o++, i += s, j += t) out[o] = (a[i] as number) & (b[j] as number)
  },
  booleans,
  booleans,
)
