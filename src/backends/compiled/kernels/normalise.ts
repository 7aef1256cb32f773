/** Layer normalisation and its gradients, where unit is the last axis. */
import type { Kernel, KernelTable } from '../../../run/device.ts'
import { inputOf, type Site } from '../../../run/site.ts'
import { addressOf } from '../../foreign/held.ts'
import { numberOf } from '../../tfjs/attributes.ts'
import type { Binder } from '../functions.ts'
import type { FunctionName } from '../source/index.ts'
import { inputAt, resultOver } from './given.ts'

/** `places`: which inputs a function takes as its addresses, in its order; undefined where it takes none. */
function overUnits(functions: Binder, name: FunctionName, places: readonly (number | undefined)[]): Kernel {
  return (site: Site) => {
    const x = inputOf(site, 0)
    const n = x.shape.at(-1) ?? 0
    if (x.axes.at(-1) !== 'unit' || x.size === 0) return undefined
    const call = functions.bind(name, [x.size / n, n, numberOf(site, 'epsilon')])
    return (inputs, context) => {
      const result = resultOver(site, context)
      const addresses = places.map((place) => (place === undefined ? 0 : inputAt(site, inputs, place)))
      call(...addresses, addressOf(result))
      return result
    }
  }
}

export function normaliseKernels(functions: Binder): KernelTable {
  return {
    standardize: overUnits(functions, 'normalise', [0, undefined, undefined, undefined]),
    layer_norm: overUnits(functions, 'normalise', [0, undefined, 1, 2]),
    residual_layer_norm: overUnits(functions, 'normalise', [0, 1, 2, 3]),
    standardize_gradient: overUnits(functions, 'normalise_gradient', [0, 1, undefined]),
    layer_norm_gradient: overUnits(functions, 'normalise_gradient', [0, 1, 2]),
    layer_norm_scale_gradient: overUnits(functions, 'normalise_scale_gradient', [0, 1]),
  }
}
