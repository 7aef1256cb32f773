import { GraphError, type OpDefinition } from '../graph.ts'
import { axisIndex, tensorType, withoutAxes } from '../type.ts'
import { axisAttribute, integerAttribute, requireAxis, take } from './support/inputs.ts'
import { at, eachLane, zeros } from './support/values.ts'

/**
 * One entry of an axis{axis, index}, which goes away; gradient: place.
 *   (C1) one input  (C2) with the axis  (C3) the index is below its size, where that is fixed
 */
export const pick: OpDefinition = {
  name: 'pick',
  infer: (inputs, attributes) => {
    const [x] = take('pick', inputs, 1)
    const { axis, size } = requireAxis('pick', x, axisAttribute('pick', attributes, 'axis'))
    const index = integerAttribute('pick', attributes, 'index')
    if (typeof size === 'number' && index >= size)
      throw new GraphError(`pick: no entry ${index} in ${axis} ${size}`)
    return tensorType(x.dtype, withoutAxes(x.dimensions, [axis]))
  },
  vjp: (builder, node, cotangent) => {
    const [x] = take(node.op, node.inputs, 1)
    const { axis, size } = requireAxis('pick', x.type, axisAttribute('pick', node.attributes, 'axis'))
    const index = integerAttribute('pick', node.attributes, 'index')
    return [builder.add('place', [cotangent], { axis, index, size })]
  },
  evaluate: (inputs, attributes, type, environment) => {
    const [x] = take('pick', inputs, 1)
    const index = integerAttribute('pick', attributes, 'index')
    const result = zeros(type, environment)
    const axis = axisIndex(x.type, axisAttribute('pick', attributes, 'axis'))
    eachLane(x.value.shape, axis, (start, stride, _length, lane) => {
      result.data[lane] = at(x.value.data, start + index * stride)
    })
    return result
  },
}
