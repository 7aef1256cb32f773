/** Dropout masks: counters are made where they are drawn, from the axes of the mask. */
import { counterPlaces, philoxKey } from '../../../graph/philox.ts'
import type { Kernel, KernelTable } from '../../../run/device.ts'
import { deviceDType } from '../../../run/site.ts'
import { addressOf } from '../../foreign/held.ts'
import { numberOf, textOf } from '../../tfjs/attributes.ts'
import { at } from '../../tfjs/layout.ts'
import type { Binder } from '../functions.ts'
import { inputAt, nestArguments, requirePlaces, resultOver } from './given.ts'

/** The place of the head in a counter's word of blocks, and of token' in that of tokens. */
const [headStep, secondTokenStep] = [2 ** 24, 2 ** 16]
/** Steps of example, token, block and position along an axis. */
const steps: { readonly [axis: string]: readonly [number, number, number, number] } = {
  example: [1, 0, 0, 0],
  head: [0, 0, headStep, 0],
  token: [0, 1, 0, 0],
  "token'": [0, secondTokenStep, 0, 0],
  position: [0, 0, 0, 1],
}

function mask(functions: Binder, name: 'dropout_mask' | 'dropout_keep'): Kernel {
  return (site) => {
    const { axes, shape, size, dtype } = site.output
    const { leading, sizes, length, alone } = counterPlaces(axes, shape)
    if (alone || leading.includes('example') === leading.includes('position') || size === 0) return undefined
    const rows = nestArguments({
      shape: sizes,
      strides: [0, 1, 2, 3].map((part) => leading.map((axis) => at(steps[axis] ?? [], part))),
    })
    if (rows === undefined) return undefined
    const rate = numberOf(site, 'rate')
    const text = textOf(site, 'site')
    const call = functions.bind(name)
    const { B, L } = site.sizes
    const limits = [L, site.inputs[1]?.size ?? 0, B * L]
    const numbers = [Math.round(rate * 65536), 1 / (1 - rate), ...limits, length, ...rows]
    return (inputs, { device, random }) => {
      const result = device.allocate(shape, deviceDType(dtype))
      const [key0, key1] = philoxKey(random.seed, random.stage, text)
      const places = leading.includes('position') ? inputAt(site, inputs, 1) : 0
      const ids = inputAt(site, inputs, 0)
      const wrong = call(ids, places, addressOf(result), random.step, key0, key1, ...numbers)
      requirePlaces(site, device, inputs, { wrong, result })
      return result
    }
  }
}

function dropout(functions: Binder): Kernel {
  return (site) => {
    const call = functions.bind('each_dropout', [site.output.size, 1 / (1 - numberOf(site, 'rate'))])
    return (inputs, context) => {
      const result = resultOver(site, context)
      call(inputAt(site, inputs, 0), inputAt(site, inputs, 1), addressOf(result))
      return result
    }
  }
}

export function dropoutKernels(functions: Binder): KernelTable {
  return {
    dropout_mask: mask(functions, 'dropout_mask'),
    dropout_keep: mask(functions, 'dropout_keep'),
    dropout: dropout(functions),
  }
}
