/** Common parts of dropout masks, for both types of elements: their axes, and how they are drawn. */
import {
  type Attributes,
  type Dimension,
  type DType,
  GraphError,
  type ReferenceEnvironment,
  type ReferenceValue,
  type TensorType,
} from '../../graph.ts'
import { dropoutMask } from '../../philox.ts'
import { readDimensions, tensorType } from '../../type.ts'
import {
  axesOf,
  numberAttribute,
  requireDType,
  requireEqualSize,
  requireShape,
  takeMasked,
  textAttribute,
} from './inputs.ts'
import { type Operand, zeros } from './values.ts'

const allowed: ReadonlySet<string> = new Set([
  'example',
  'position',
  'head',
  'token',
  "token'",
  'unit',
  'class',
])

/** The attribute `rate`; throws GraphError where it is no probability below 1. */
export function rateOf(op: string, attributes: Attributes): number {
  const rate = numberAttribute(op, attributes, 'rate')
  if (!(rate >= 0 && rate < 1)) throw new GraphError(`${op}: a rate of ${rate}`)
  return rate
}

/**
 * The type of a mask over dimensions{rate, site, dimensions}. Throws GraphError for what breaks the rules of
 * `dropout_mask`.
 */
export function maskType(
  op: string,
  inputs: readonly TensorType[],
  attributes: Attributes,
  dtype: DType,
): TensorType {
  const [samples, places] = takeMasked(op, inputs, 1)
  requireDType(op, 'ids of samples', samples, ['i32'])
  const [size] = requireShape(op, 'ids of samples', samples, ['example'])
  rateOf(op, attributes)
  textAttribute(op, attributes, 'site')
  const dimensions = readDimensions(attributes.dimensions)
  const wrong = dimensions.find(
    (d: Dimension) => !allowed.has(d.axis) || (d.axis === 'example' && d.size !== size),
  )
  if (wrong !== undefined) throw new GraphError(`${op}: not for ${wrong.axis} ${wrong.size}`)
  requirePlaces(op, dimensions, places)
  return tensorType(dtype, dimensions)
}

/** Either a mask has an axis position, places of that size, and neither example nor token; or none of it. */
function requirePlaces(op: string, dimensions: readonly Dimension[], places: TensorType | undefined): void {
  const position = dimensions.find(({ axis }) => axis === 'position')
  if ((position === undefined) !== (places === undefined))
    throw new GraphError(`${op}: places and an axis position need each other`)
  if (position === undefined || places === undefined) return
  requireDType(op, 'places', places, ['i32'])
  const [size = 0] = requireShape(op, 'places', places, ['position'])
  requireEqualSize(op, 'positions', position.size, size)
  const both = dimensions.find(({ axis }) => axis === 'example' || axis === 'token')
  if (both !== undefined) throw new GraphError(`${op}: position and ${both.axis} together`)
}

/** 0 or 1 / (1 - rate) for each element of a mask of that type. */
export function drawnFactors(
  op: string,
  inputs: readonly Operand[],
  attributes: Attributes,
  type: TensorType,
  environment: ReferenceEnvironment,
): ReferenceValue {
  const [samples, places] = takeMasked(op, inputs, 1)
  const result = zeros(type, environment)
  dropoutMask(
    {
      random: environment.random,
      site: textAttribute(op, attributes, 'site'),
      rate: rateOf(op, attributes),
      axes: axesOf(type),
      shape: result.shape,
      samples: samples.value.data,
      ...(places === undefined ? {} : { positions: { places: places.value.data, L: environment.sizes.L } }),
    },
    result.data,
  )
  return result
}
