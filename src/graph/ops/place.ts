import { GraphError, type OpDefinition } from '../graph.ts'
import { axisIndex, tensorType } from '../type.ts'
import {
  axisAttribute,
  integerAttribute,
  requireNoAxis,
  requireReal,
  sizeAttribute,
  take,
} from './support/inputs.ts'
import { at, eachLane, zeros } from './support/values.ts'

/**
 * A new axis{axis, index, size} with the input at one entry and zeros elsewhere: the inverse of pick, and its
 * gradient.
 *   (C1) one input, f32  (C2) without the axis  (C3) the index is below the size, where that is fixed
 */
export const place: OpDefinition = {
  name: 'place',
  infer: (inputs, attributes) => {
    const [x] = take('place', inputs, 1)
    requireReal('place', 'its input', x)
    const axis = axisAttribute('place', attributes, 'axis')
    const index = integerAttribute('place', attributes, 'index')
    const size = sizeAttribute('place', attributes, 'size')
    requireNoAxis('place', x, axis)
    if (typeof size === 'number' && index >= size)
      throw new GraphError(`place: no entry ${index} in ${axis} ${size}`)
    return tensorType(x.dtype, [...x.dimensions, { axis, size }])
  },
  vjp: (builder, { attributes }, cotangent) => [
    builder.add('pick', [cotangent], {
      axis: axisAttribute('place', attributes, 'axis'),
      index: integerAttribute('place', attributes, 'index'),
    }),
  ],
  evaluate: (inputs, attributes, type, environment) => {
    const [x] = take('place', inputs, 1)
    const index = integerAttribute('place', attributes, 'index')
    const result = zeros(type, environment)
    const axis = axisIndex(type, axisAttribute('place', attributes, 'axis'))
    eachLane(result.shape, axis, (start, stride, _length, lane) => {
      result.data[start + index * stride] = at(x.value.data, lane)
    })
    return result
  },
}
