/**
 * softmax and log_softmax along one axis, over the live positions of an optional mask, and their gradients.
 * Sums in float64. A line without a live position is 0 throughout.
 */
import type { View } from '../../../run/device.ts'
import { inputOf, type Site } from '../../../run/site.ts'
import { axisOf, numberOf } from '../attributes.ts'
import { type ArrayKernel, booleans, floats } from '../kernel.ts'
import { linesAlong } from '../layout.ts'
import { keptFactor } from './dropout.ts'

interface Lines {
  readonly n: number
  readonly count: number
  readonly step: number
  readonly starts: Int32Array
  readonly maskStep: number
  readonly maskStarts: Int32Array
}

/**
 * Lines of the result and of a mask, where input `maskIndex` exists; else a mask that is one live element
 * everywhere.
 */
function maskedLines(site: Site, maskIndex: number): Lines {
  const axis = axisOf(site, 'axis')
  const mask = site.inputs[maskIndex]
  const operands = mask === undefined ? [inputOf(site, 0)] : [inputOf(site, 0), mask]
  const { length, count, steps, starts } = linesAlong(inputOf(site, 0), axis, operands)
  return {
    n: length,
    count,
    step: steps[0] ?? 1,
    starts: starts[0] ?? new Int32Array(),
    maskStep: steps[1] ?? 0,
    maskStarts: starts[1] ?? new Int32Array(count),
  }
}

const alive = Uint8Array.of(1)

export function maskOf(view: View | undefined): Uint8Array {
  return view === undefined ? alive : booleans(view)
}

export const softmax: ArrayKernel = (site) => {
  const { n, count, step, starts, maskStep, maskStarts } = maskedLines(site, 1)
  const line = new Float64Array(n)
  return (inputs, output) => {
    const x = floats(inputs[0])
    const mask = maskOf(inputs[1])
    const out = floats(output)
    for (let r = 0; r < count; r++) {
      const start = starts[r] as number
      const maskStart = maskStarts[r] as number
      let greatest = -Infinity
      for (let k = 0, i = start, m = maskStart; k < n; k++, i += step, m += maskStep)
        if (mask[m] !== 0) greatest = Math.max(greatest, x[i] as number)
      let total = 0
      for (let k = 0, i = start, m = maskStart; k < n; k++, i += step, m += maskStep) {
        const e = mask[m] !== 0 ? Math.exp((x[i] as number) - greatest) : 0
        line[k] = e
        total += e
      }
      const scale = total === 0 ? 0 : 1 / total
      for (let k = 0, i = start; k < n; k++, i += step) out[i] = (line[k] as number) * scale
    }
  }
}

/** softmax of x / divisor + bias, rounded to float32 where they would be stored. */
export const scaledSoftmax: ArrayKernel = (site) => {
  const axis = axisOf(site, 'axis')
  const divisor = numberOf(site, 'divisor')
  const mask = site.inputs[2]
  const operands = [inputOf(site, 0), inputOf(site, 1), ...(mask === undefined ? [] : [mask])]
  const { length: n, count, steps, starts } = linesAlong(inputOf(site, 0), axis, operands)
  const [step = 1, biasStep = 0, maskStep = 0] = steps
  const [own = new Int32Array(), biasStarts = own, maskStarts = new Int32Array(count)] = starts
  const line = new Float64Array(n)
  return (inputs, output) => {
    const x = floats(inputs[0])
    const bias = floats(inputs[1])
    const live = maskOf(inputs[2])
    const out = floats(output)
    for (let r = 0; r < count; r++) {
      const start = own[r] as number
      const maskStart = maskStarts[r] as number
      let greatest = -Infinity
      for (let k = 0, i = start, b = biasStarts[r] as number; k < n; k++, i += step, b += biasStep) {
        const score = Math.fround(Math.fround((x[i] as number) / divisor) + (bias[b] as number))
        line[k] = score
        if (live[maskStart + k * maskStep] !== 0) greatest = Math.max(greatest, score)
      }
      let total = 0
      for (let k = 0, m = maskStart; k < n; k++, m += maskStep) {
        const e = live[m] !== 0 ? Math.exp((line[k] as number) - greatest) : 0
        line[k] = e
        total += e
      }
      const scale = total === 0 ? 0 : 1 / total
      for (let k = 0, i = start; k < n; k++, i += step) out[i] = (line[k] as number) * scale
    }
  }
}

/** y (g d - sum(y g d)) / divisor. */
/** Also of what dropout keeps, bytes and one factor, instead of factors. */
export const scaledSoftmaxGradient: ArrayKernel = (site) => {
  const { n, count, step, starts } = maskedLines(site, 3)
  const divisor = numberOf(site, 'divisor')
  const bytes = site.op === 'dropout_softmax_gradient'
  const factor = bytes ? keptFactor(site) : 1
  return (inputs, output) => {
    const y = floats(inputs[0])
    const g = floats(inputs[1])
    const d = bytes ? booleans(inputs[2]) : floats(inputs[2])
    const out = floats(output)
    const kept = (i: number): number => Math.fround((g[i] as number) * ((d[i] as number) * factor))
    for (let r = 0; r < count; r++) {
      const start = starts[r] as number
      let dot = 0
      for (let k = 0, i = start; k < n; k++, i += step) dot += (y[i] as number) * kept(i)
      for (let k = 0, i = start; k < n; k++, i += step)
        out[i] = Math.fround((y[i] as number) * (kept(i) - dot)) / divisor
    }
  }
}

export const logSoftmax: ArrayKernel = (site) => {
  const { n, count, step, starts, maskStep, maskStarts } = maskedLines(site, 1)
  return (inputs, output) => {
    const x = floats(inputs[0])
    const mask = maskOf(inputs[1])
    const out = floats(output)
    for (let r = 0; r < count; r++) {
      const start = starts[r] as number
      const maskStart = maskStarts[r] as number
      const log = logOfSum(x, start, step, mask, maskStart, maskStep, n)
      for (let k = 0, i = start, m = maskStart; k < n; k++, i += step, m += maskStep)
        out[i] = mask[m] !== 0 ? (x[i] as number) - log : 0
    }
  }
}

/** log of the sum of exp(x) over the live positions of a line; -Infinity where there is none. */
export function logOfSum(
  x: Float32Array,
  start: number,
  step: number,
  mask: Uint8Array,
  maskStart: number,
  maskStep: number,
  n: number,
): number {
  let greatest = -Infinity
  for (let k = 0, i = start, m = maskStart; k < n; k++, i += step, m += maskStep)
    if (mask[m] !== 0) greatest = Math.max(greatest, x[i] as number)
  let total = 0
  for (let k = 0, i = start, m = maskStart; k < n; k++, i += step, m += maskStep)
    if (mask[m] !== 0) total += Math.exp((x[i] as number) - greatest)
  return greatest + Math.log(total)
}

/** y (g - sum(y g)), y the softmax itself. */
export const softmaxGradient: ArrayKernel = (site) => {
  const { n, count, step, starts } = maskedLines(site, 2)
  return (inputs, output) => {
    const y = floats(inputs[0])
    const g = floats(inputs[1])
    const out = floats(output)
    for (let r = 0; r < count; r++) {
      const start = starts[r] as number
      let dot = 0
      for (let k = 0, i = start; k < n; k++, i += step) dot += (y[i] as number) * (g[i] as number)
      for (let k = 0, i = start; k < n; k++, i += step) out[i] = (y[i] as number) * ((g[i] as number) - dot)
    }
  }
}

/** g - p sum(g), p the softmax. */
export const logSoftmaxGradient: ArrayKernel = (site) => {
  const { n, count, step, starts } = maskedLines(site, 2)
  return (inputs, output) => {
    const p = floats(inputs[0])
    const g = floats(inputs[1])
    const out = floats(output)
    for (let r = 0; r < count; r++) {
      const start = starts[r] as number
      let total = 0
      for (let k = 0, i = start; k < n; k++, i += step) total += g[i] as number
      for (let k = 0, i = start; k < n; k++, i += step) out[i] = (g[i] as number) - (p[i] as number) * total
    }
  }
}
