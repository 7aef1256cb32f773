/**
 * Layer normalisation over unit: (x - mean) / sqrt(variance + epsilon), with and without scale and bias, and
 * its gradients. Each step is rounded to float32, as it is where the steps are operations of their own; sums
 * are kept in float64 until then.
 */
import { inputOf, type Site } from '../../../run/site.ts'
import { numberOf } from '../attributes.ts'
import { type ArrayKernel, floats } from '../kernel.ts'
import { linesAlong } from '../layout.ts'

interface Lines {
  readonly n: number
  readonly count: number
  readonly step: number
  readonly starts: Int32Array
  readonly epsilon: number
}

function unitLines(site: Site): Lines {
  const x = inputOf(site, 0)
  const { length, count, steps, starts } = linesAlong(x, 'unit', [x])
  const epsilon = numberOf(site, 'epsilon')
  return { n: length, count, step: steps[0] ?? 1, starts: starts[0] ?? new Int32Array(), epsilon }
}

interface Affine {
  readonly scale: Float32Array
  readonly bias: Float32Array
}

/**
 * Puts x - mean of a line into `centred` and gives sqrt(variance + epsilon).
 */
function centre({ n, step, epsilon }: Lines, x: Float32Array, start: number, centred: Float32Array): number {
  const share = Math.fround(1 / n)
  let total = 0
  for (let k = 0, i = start; k < n; k++, i += step) total += x[i] as number
  const mean = Math.fround(Math.fround(total) * share)
  let squares = 0
  for (let k = 0, i = start; k < n; k++, i += step) {
    const d = Math.fround((x[i] as number) - mean)
    centred[k] = d
    squares += Math.fround(d * d)
  }
  const variance = Math.fround(Math.fround(squares) * share)
  return Math.fround(Math.sqrt(Math.fround(variance + Math.fround(epsilon))))
}

/** x and out may be one. */
function normalise(lines: Lines, x: Float32Array, out: Float32Array, affine: Affine | undefined): void {
  const { n, count, step, starts } = lines
  const centred = new Float32Array(n)
  for (let r = 0; r < count; r++) {
    const start = starts[r] as number
    const deviation = centre(lines, x, start, centred)
    if (affine === undefined) {
      for (let k = 0, i = start; k < n; k++, i += step) out[i] = (centred[k] as number) / deviation
      continue
    }
    const { scale, bias } = affine
    for (let k = 0, i = start; k < n; k++, i += step) {
      const y = Math.fround((centred[k] as number) / deviation)
      out[i] = Math.fround(y * (scale[k] as number)) + (bias[k] as number)
    }
  }
}

/** (x - mean) / sqrt(variance + epsilon), times scale and plus bias where inputs 1 and 2 are given. */
export const standardize: ArrayKernel = (site) => {
  const lines = unitLines(site)
  return (inputs, output) => {
    const affine = inputs.length > 1 ? { scale: floats(inputs[1]), bias: floats(inputs[2]) } : undefined
    normalise(lines, floats(inputs[0]), floats(output), affine)
  }
}

/** Layer normalisation of x + y, the sum rounded as it would be stored. */
export const residualLayerNorm: ArrayKernel = (site) => {
  const lines = unitLines(site)
  return (inputs, output) => {
    const x = floats(inputs[0])
    const y = floats(inputs[1])
    const out = floats(output)
    for (let i = 0; i < out.length; i++) out[i] = (x[i] as number) + (y[i] as number)
    normalise(lines, out, out, { scale: floats(inputs[2]), bias: floats(inputs[3]) })
  }
}

/** (g - mean(g) - y mean(y g)) / deviation, y the standardised x. */
export const standardizeGradient: ArrayKernel = (site) => gradientOf(site, false)

/** The same of g * scale. */
export const layerNormGradient: ArrayKernel = (site) => gradientOf(site, true)

function gradientOf(site: Site, isScaled: boolean): ReturnType<ArrayKernel> {
  const lines = unitLines(site)
  const { n, count, step, starts } = lines
  const centred = new Float32Array(n)
  const line = new Float32Array(n)
  const share = Math.fround(1 / n)
  const ones = new Float32Array(n).fill(1)
  return (inputs, output) => {
    const x = floats(inputs[0])
    const g = floats(inputs[1])
    const scale = isScaled ? floats(inputs[2]) : ones
    const out = floats(output)
    for (let r = 0; r < count; r++) {
      const start = starts[r] as number
      const deviation = centre(lines, x, start, centred)
      let total = 0
      let products = 0
      for (let k = 0, i = start; k < n; k++, i += step) {
        const up = Math.fround((g[i] as number) * (scale[k] as number))
        const y = Math.fround((centred[k] as number) / deviation)
        centred[k] = y
        line[k] = up
        total += up
        products += Math.fround(up * y)
      }
      const level = Math.fround(Math.fround(total) * share)
      const slope = Math.fround(Math.fround(products) * share)
      for (let k = 0, i = start; k < n; k++, i += step) {
        const rest = Math.fround((line[k] as number) - level)
        out[i] = Math.fround(rest - Math.fround((centred[k] as number) * slope)) / deviation
      }
    }
  }
}

/** The sum over lines of g times the standardised x. */
export const layerNormScaleGradient: ArrayKernel = (site) => {
  const lines = unitLines(site)
  const { n, count, step, starts } = lines
  const centred = new Float32Array(n)
  const totals = new Float64Array(n)
  return (inputs, output) => {
    const x = floats(inputs[0])
    const g = floats(inputs[1])
    totals.fill(0)
    for (let r = 0; r < count; r++) {
      const start = starts[r] as number
      const deviation = centre(lines, x, start, centred)
      for (let k = 0, i = start; k < n; k++, i += step) {
        const y = Math.fround((centred[k] as number) / deviation)
        totals[k] = (totals[k] as number) + Math.fround((g[i] as number) * y)
      }
    }
    output.set(totals)
  }
}
