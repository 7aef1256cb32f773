/** Sums over any axes, extremes over one. Sums are in float64 until they are stored. */
import type { View } from '../../../run/device.ts'
import { inputOf } from '../../../run/site.ts'
import { axesOf, axisOf } from '../attributes.ts'
import { type ArrayKernel, floats } from '../kernel.ts'
import { rowMajor, rowsOf, splitAt, stridesAlong } from '../layout.ts'

export const sum: ArrayKernel = (site) => {
  const input = inputOf(site, 0)
  const summed = axesOf(site, 'axes')
  const target = stridesAlong(site.output, input.axes)
  const along = input.axes.map((axis, d) => (summed.includes(axis) ? 0 : (target[d] ?? 0)))
  const { count, length, steps, starts } = rowsOf({
    shape: input.shape,
    strides: [rowMajor(input.shape), along],
  })
  const [s = 0, t = 0] = steps
  const none = new Int32Array()
  const [startsX = none, startsOut = none] = starts
  const totals = new Float64Array(site.output.size)
  return (inputs, output) => {
    const x = floats(inputs[0])
    totals.fill(0)
    for (let r = 0; r < count; r++) {
      let i = startsX[r] as number
      const o = startsOut[r] as number
      if (t === 0) {
        let total = totals[o] as number
        for (let n = 0; n < length; n++, i += s) total += x[i] as number
        totals[o] = total
      } else {
        for (let n = 0, p = o; n < length; n++, i += s, p += t)
          totals[p] = (totals[p] as number) + (x[i] as number)
      }
    }
    output.set(totals)
  }
}

function extreme(better: (a: number, b: number) => number): ArrayKernel {
  return (site) => {
    const input = inputOf(site, 0)
    const { outer, n, inner } = splitAt(input, axisOf(site, 'axis'))
    return (inputs, output) => {
      const x: View = inputs[0] ?? output
      for (let a = 0; a < outer; a++) {
        for (let b = 0; b < inner; b++) {
          let i = a * n * inner + b
          let value = x[i] as number
          for (let k = 1; k < n; k++) {
            i += inner
            value = better(value, x[i] as number)
          }
          output[a * inner + b] = value
        }
      }
    }
  }
}

export const max = extreme(Math.max)
export const min = extreme(Math.min)
