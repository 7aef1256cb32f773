/**
 * Dropout: masks by the common definition of random numbers, so that all backends have the same ones, and ops
 * on masks of bytes.
 */
import { dropoutMask } from '../../../graph/philox.ts'
import type { Site } from '../../../run/site.ts'
import { numberOf, textOf } from '../attributes.ts'
import { type ArrayKernel, booleans, floats, integers } from '../kernel.ts'

export const dropoutMaskKernel: ArrayKernel = (site) => {
  const { axes, shape } = site.output
  const rate = numberOf(site, 'rate')
  const text = textOf(site, 'site')
  const { L } = site.sizes
  return (inputs, output, random) => {
    const positions = inputs[1] === undefined ? {} : { positions: { places: integers(inputs[1]), L } }
    const samples = integers(inputs[0])
    dropoutMask({ random, site: text, rate, axes, shape, samples, ...positions }, floats(output))
  }
}

export const dropoutKeep: ArrayKernel = (site) => {
  const draw = dropoutMaskKernel(site)
  return (inputs, output, random) => {
    const factors = new Float32Array(site.output.size)
    draw?.(inputs, factors, random)
    const kept = booleans(output)
    for (let i = 0; i < kept.length; i++) kept[i] = (factors[i] as number) > 0 ? 1 : 0
  }
}

export const dropout: ArrayKernel = (site) => {
  const factor = keptFactor(site)
  return (inputs, output) => {
    const x = floats(inputs[0])
    const kept = booleans(inputs[1])
    const out = floats(output)
    for (let i = 0; i < out.length; i++) out[i] = (x[i] as number) * ((kept[i] as number) * factor)
  }
}

/** The factor of kept elements, as float32. */
export function keptFactor(site: Site): number {
  return Math.fround(1 / (1 - numberOf(site, 'rate')))
}
