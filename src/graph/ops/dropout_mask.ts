import { type Dimension, GraphError, type OpDefinition, type TensorType } from '../graph.ts'
import { dropoutMask } from '../philox.ts'
import { readDimensions, tensorType } from '../type.ts'
import {
  axesOf,
  numberAttribute,
  requireDType,
  requireEqualSize,
  requireShape,
  takeMasked,
  textAttribute,
} from './support/inputs.ts'
import { zeros } from './support/values.ts'

const allowed: ReadonlySet<string> = new Set([
  'example',
  'position',
  'head',
  'token',
  "token'",
  'unit',
  'class',
])

/**
 * 0 with probability `rate`, else 1 / (1 - rate), over dimensions{rate, site, dimensions} (Srivastava et al. 2014). An element depends on seed, stage, step,
 * site, its sample's id and its own position only (philox.ts). Not differentiable: it has no real input.
 * At positions it is what gather_positions{dead: copy} takes of the mask over examples and tokens.
 *   (C1) ids of the samples, i32[example]; with an axis position also its places, i32[position]  (C2) 0 <= rate < 1
 *   (C3) axes among example, head, token, token', unit, class; or position instead of example and token
 */
export const dropout_mask: OpDefinition = {
  name: 'dropout_mask',
  infer: (inputs, attributes) => {
    const [samples, places] = takeMasked('dropout_mask', inputs, 1)
    requireDType('dropout_mask', 'ids of samples', samples, ['i32'])
    const [size] = requireShape('dropout_mask', 'ids of samples', samples, ['example'])
    const rate = numberAttribute('dropout_mask', attributes, 'rate')
    if (!(rate >= 0 && rate < 1)) throw new GraphError(`dropout_mask: a rate of ${rate}`)
    textAttribute('dropout_mask', attributes, 'site')
    const dimensions = readDimensions(attributes.dimensions)
    const wrong = dimensions.find(
      (d: Dimension) => !allowed.has(d.axis) || (d.axis === 'example' && d.size !== size),
    )
    if (wrong !== undefined) throw new GraphError(`dropout_mask: not for ${wrong.axis} ${wrong.size}`)
    requirePlaces(dimensions, places)
    return tensorType('f32', dimensions)
  },
  evaluate: (inputs, attributes, type, environment) => {
    const [samples, places] = takeMasked('dropout_mask', inputs, 1)
    const result = zeros(type, environment)
    dropoutMask(
      {
        random: environment.random,
        site: textAttribute('dropout_mask', attributes, 'site'),
        rate: numberAttribute('dropout_mask', attributes, 'rate'),
        axes: axesOf(type),
        shape: result.shape,
        samples: samples.value.data,
        ...(places === undefined ? {} : { positions: { places: places.value.data, L: environment.sizes.L } }),
      },
      result.data,
    )
    return result
  },
}

/** Either a mask has an axis position, places of that size, and neither example nor token; or none of it. */
function requirePlaces(dimensions: readonly Dimension[], places: TensorType | undefined): void {
  const position = dimensions.find(({ axis }) => axis === 'position')
  if ((position === undefined) !== (places === undefined))
    throw new GraphError('dropout_mask: places and an axis position need each other')
  if (position === undefined || places === undefined) return
  requireDType('dropout_mask', 'places', places, ['i32'])
  const [size = 0] = requireShape('dropout_mask', 'places', places, ['position'])
  requireEqualSize('dropout_mask', 'positions', position.size, size)
  const both = dimensions.find(({ axis }) => axis === 'example' || axis === 'token')
  if (both !== undefined) throw new GraphError(`dropout_mask: position and ${both.axis} together`)
}
