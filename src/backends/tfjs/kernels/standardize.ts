/**
 * Layer normalisation over unit: (x - mean) / sqrt(variance + epsilon), with and without scale and bias, and
 * its gradients. Moments in float64.
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

/** x and out may be one. */
function normalise(
  { n, count, step, starts, epsilon }: Lines,
  x: Float32Array,
  out: Float32Array,
  affine: Affine | undefined,
): void {
  for (let r = 0; r < count; r++) {
    const start = starts[r] as number
    const end = start + n * step
    let total = 0
    for (let i = start; i < end; i += step) total += x[i] as number
    const mean = total / n
    let squares = 0
    for (let i = start; i < end; i += step) {
      const d = (x[i] as number) - mean
      squares += d * d
    }
    const inverse = 1 / Math.sqrt(squares / n + epsilon)
    if (affine === undefined) {
      for (let i = start; i < end; i += step) out[i] = ((x[i] as number) - mean) * inverse
      continue
    }
    const { scale, bias } = affine
    for (let i = start, k = 0; i < end; i += step, k++)
      out[i] = ((x[i] as number) - mean) * inverse * (scale[k] as number) + (bias[k] as number)
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

/** With z the standardised x and r = 1 / sqrt(variance + epsilon): r (g - mean(g) - z mean(z g)). */
export const standardizeGradient: ArrayKernel = (site) => {
  const { n, count, step, starts, epsilon } = unitLines(site)
  return (inputs, output) => {
    const x = floats(inputs[0])
    const g = floats(inputs[1])
    const out = floats(output)
    for (let r = 0; r < count; r++) {
      const start = starts[r] as number
      const end = start + n * step
      let total = 0
      let totalG = 0
      for (let i = start; i < end; i += step) {
        total += x[i] as number
        totalG += g[i] as number
      }
      const mean = total / n
      let squares = 0
      let products = 0
      for (let i = start; i < end; i += step) {
        const d = (x[i] as number) - mean
        squares += d * d
        products += d * (g[i] as number)
      }
      const inverse = 1 / Math.sqrt(squares / n + epsilon)
      const meanG = totalG / n
      const slope = (products / n) * inverse * inverse
      for (let i = start; i < end; i += step)
        out[i] = inverse * ((g[i] as number) - meanG - ((x[i] as number) - mean) * slope)
    }
  }
}

/** The same of g * scale, rounded as it would be stored. */
export const layerNormGradient: ArrayKernel = (site) => {
  const { n, count, step, starts, epsilon } = unitLines(site)
  const line = new Float32Array(n)
  return (inputs, output) => {
    const x = floats(inputs[0])
    const g = floats(inputs[1])
    const scale = floats(inputs[2])
    const out = floats(output)
    for (let r = 0; r < count; r++) {
      const start = starts[r] as number
      let total = 0
      let totalG = 0
      for (let k = 0, i = start; k < n; k++, i += step) {
        total += x[i] as number
        line[k] = (g[i] as number) * (scale[k] as number)
        totalG += line[k] as number
      }
      const mean = total / n
      let squares = 0
      let products = 0
      for (let k = 0, i = start; k < n; k++, i += step) {
        const d = (x[i] as number) - mean
        squares += d * d
        products += d * (line[k] as number)
      }
      const inverse = 1 / Math.sqrt(squares / n + epsilon)
      const meanG = totalG / n
      const slope = (products / n) * inverse * inverse
      for (let k = 0, i = start; k < n; k++, i += step)
        out[i] = inverse * ((line[k] as number) - meanG - ((x[i] as number) - mean) * slope)
    }
  }
}

/** The sum over lines of g times the standardised x, both rounded as they would be stored. */
export const layerNormScaleGradient: ArrayKernel = (site) => {
  const { n, count, step, starts, epsilon } = unitLines(site)
  const totals = new Float64Array(n)
  return (inputs, output) => {
    const x = floats(inputs[0])
    const g = floats(inputs[1])
    totals.fill(0)
    for (let r = 0; r < count; r++) {
      const start = starts[r] as number
      const end = start + n * step
      let total = 0
      for (let i = start; i < end; i += step) total += x[i] as number
      const mean = total / n
      let squares = 0
      for (let i = start; i < end; i += step) {
        const d = (x[i] as number) - mean
        squares += d * d
      }
      const inverse = 1 / Math.sqrt(squares / n + epsilon)
      for (let k = 0, i = start; k < n; k++, i += step) {
        const z = Math.fround(((x[i] as number) - mean) * inverse)
        totals[k] = (totals[k] as number) + Math.fround((g[i] as number) * z)
      }
    }
    output.set(totals)
  }
}
