/** Layer normalisation over unit: (x - mean) / sqrt(variance + epsilon), with and without scale and bias, and its gradient. Moments in float64. */
import { inputOf, type Site } from '../../../run/site.ts'
import { numberOf } from '../attributes.ts'
import { type ArrayKernel, floats } from '../kernel.ts'
import { linesAlong } from '../layout.ts'

function unitLines(site: Site): { n: number; count: number; step: number; starts: Int32Array } {
  const x = inputOf(site, 0)
  const { length, count, steps, starts } = linesAlong(x, 'unit', [x])
  return { n: length, count, step: steps[0] ?? 1, starts: starts[0] ?? new Int32Array() }
}

/** (x - mean) / sqrt(variance + epsilon), times scale and plus bias where inputs 1 and 2 are given. */
export const standardize: ArrayKernel = (site) => {
  const { n, count, step, starts } = unitLines(site)
  const epsilon = numberOf(site, 'epsilon')
  return (inputs, output) => {
    const x = floats(inputs[0])
    const out = floats(output)
    const affine = inputs.length > 1 ? { scale: floats(inputs[1]), bias: floats(inputs[2]) } : undefined
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
}

/** With z the standardised x and r = 1 / sqrt(variance + epsilon): r (g - mean(g) - z mean(z g)). */
export const standardizeGradient: ArrayKernel = (site) => {
  const { n, count, step, starts } = unitLines(site)
  const epsilon = numberOf(site, 'epsilon')
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
