/** Dropout masks: drawn by the one definition of the random numbers, so that every backend has the same ones. */
import { dropoutMask } from '../../../graph/philox.ts'
import { numberOf, textOf } from '../attributes.ts'
import { type ArrayKernel, floats, integers } from '../kernel.ts'

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
