/**
 * softmax and log_softmax along one axis, over the live positions of an optional mask, and their gradients.
 * Each step is rounded to float32, as it is where the steps are operations of their own; sums are kept in
 * float64 until then. A line without a live position is 0 throughout.
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
 * Lines of the result and of a mask, if input `maskIndex` exists; otherwise the mask is one live element
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
  const line = new Float32Array(n)
  return (inputs, output) => {
    const x = floats(inputs[0])
    const mask = maskOf(inputs[1])
    const out = floats(output)
    for (let r = 0; r < count; r++) {
      const start = starts[r] as number
      for (let k = 0, i = start; k < n; k++, i += step) line[k] = x[i] as number
      shareLine(line, mask, maskStarts[r] as number, maskStep)
      for (let k = 0, i = start; k < n; k++, i += step) out[i] = line[k] as number
    }
  }
}

/** A line in place of its scores: exp(x - max) / sum. */
function shareLine(line: Float32Array, mask: Uint8Array, maskStart: number, maskStep: number): void {
  const n = line.length
  let greatest = -Infinity
  for (let k = 0, m = maskStart; k < n; k++, m += maskStep)
    if (mask[m] !== 0) greatest = Math.max(greatest, line[k] as number)
  let sum = 0
  for (let k = 0, m = maskStart; k < n; k++, m += maskStep) {
    const e = mask[m] !== 0 ? expOf((line[k] as number) - greatest) : 0
    line[k] = e
    sum += e
  }
  const total = sum === 0 ? 1 : Math.fround(sum)
  for (let k = 0; k < n; k++) line[k] = (line[k] as number) / total
}

/** softmax of x / divisor + bias. */
export const scaledSoftmax: ArrayKernel = (site) => {
  const axis = axisOf(site, 'axis')
  const divisor = Math.fround(numberOf(site, 'divisor'))
  const mask = site.inputs[2]
  const operands = [inputOf(site, 0), inputOf(site, 1), ...(mask === undefined ? [] : [mask])]
  const { length: n, count, steps, starts } = linesAlong(inputOf(site, 0), axis, operands)
  const [step = 1, biasStep = 0, maskStep = 0] = steps
  const [own = new Int32Array(), biasStarts = own, maskStarts = new Int32Array(count)] = starts
  const line = new Float32Array(n)
  return (inputs, output) => {
    const x = floats(inputs[0])
    const bias = floats(inputs[1])
    const live = maskOf(inputs[2])
    const out = floats(output)
    for (let r = 0; r < count; r++) {
      const start = own[r] as number
      for (let k = 0, i = start, b = biasStarts[r] as number; k < n; k++, i += step, b += biasStep)
        line[k] = Math.fround((x[i] as number) / divisor) + (bias[b] as number)
      shareLine(line, live, maskStarts[r] as number, maskStep)
      for (let k = 0, i = start; k < n; k++, i += step) out[i] = line[k] as number
    }
  }
}

/** y (g d - sum(y g d)) / divisor. */
/** Also for kept elements of dropout as bytes with one factor, instead of factors. */
export const scaledSoftmaxGradient: ArrayKernel = (site) => {
  const { n, count, step, starts } = maskedLines(site, 3)
  const divisor = Math.fround(numberOf(site, 'divisor'))
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
      let sum = 0
      for (let k = 0, i = start; k < n; k++, i += step) sum += Math.fround((y[i] as number) * kept(i))
      const dot = Math.fround(sum)
      for (let k = 0, i = start; k < n; k++, i += step)
        out[i] = Math.fround((y[i] as number) * Math.fround(kept(i) - dot)) / divisor
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
      const { greatest, log } = logOfSum(x, start, step, mask, maskStart, maskStep, n)
      for (let k = 0, i = start, m = maskStart; k < n; k++, i += step, m += maskStep)
        out[i] = mask[m] !== 0 ? Math.fround((x[i] as number) - greatest) - log : 0
    }
  }
}

/** What is taken from x for its logarithm, one after the other, over the live positions of a line. */
export interface LogOfSum {
  readonly greatest: number
  /** Of the sum of exp(x - greatest). */
  readonly log: number
  /** That sum, and 1 where no position is live. */
  readonly total: number
}

export function logOfSum(
  x: Float32Array,
  start: number,
  step: number,
  mask: Uint8Array,
  maskStart: number,
  maskStep: number,
  n: number,
): LogOfSum {
  let greatest = -Infinity
  for (let k = 0, i = start, m = maskStart; k < n; k++, i += step, m += maskStep)
    if (mask[m] !== 0) greatest = Math.max(greatest, x[i] as number)
  let sum = 0
  for (let k = 0, i = start, m = maskStart; k < n; k++, i += step, m += maskStep)
    if (mask[m] !== 0) sum += expOf((x[i] as number) - greatest)
  const total = sum === 0 ? 1 : Math.fround(sum)
  return { greatest, log: Math.fround(Math.log(total)), total }
}

/** exp of a difference, both rounded. */
export function expOf(difference: number): number {
  return Math.fround(Math.exp(Math.fround(difference)))
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
      let sum = 0
      for (let k = 0, i = start; k < n; k++, i += step)
        sum += Math.fround((y[i] as number) * (g[i] as number))
      const dot = Math.fround(sum)
      for (let k = 0, i = start; k < n; k++, i += step)
        out[i] = (y[i] as number) * Math.fround((g[i] as number) - dot)
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
      let sum = 0
      for (let k = 0, i = start; k < n; k++, i += step) sum += g[i] as number
      const total = Math.fround(sum)
      for (let k = 0, i = start; k < n; k++, i += step)
        out[i] = (g[i] as number) - Math.fround((p[i] as number) * total)
    }
  }
}
