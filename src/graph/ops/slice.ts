import { type Dimension, GraphError, type OpDefinition } from '../graph.ts'
import { axisIndex, tensorType } from '../type.ts'
import { axisAttribute, integerAttribute, requireNumber, take } from './support/inputs.ts'
import { at, gather, stridesOf, zeros } from './support/values.ts'

/**
 * Entries start .. start + size - 1 of an axis{axis, start, size}; gradient: pad.
 *   (C1) one input  (C2) whose axis has a fixed size  (C3) that the entries are within
 */
export const slice: OpDefinition = {
  name: 'slice',
  infer: (inputs, attributes) => {
    const [x] = take('slice', inputs, 1)
    const axis = axisAttribute('slice', attributes, 'axis')
    const start = integerAttribute('slice', attributes, 'start')
    const size = integerAttribute('slice', attributes, 'size', 1)
    const whole = requireNumber('slice', x, axis)
    if (start + size > whole) throw new GraphError(`slice: ${start} + ${size} is beyond ${axis} ${whole}`)
    return tensorType(
      x.dtype,
      x.dimensions.map((d): Dimension => (d.axis === axis ? { axis, size } : d)),
    )
  },
  vjp: (builder, node, cotangent) => {
    const [x] = take(node.op, node.inputs, 1)
    const axis = axisAttribute('slice', node.attributes, 'axis')
    const before = integerAttribute('slice', node.attributes, 'start')
    const size = integerAttribute('slice', node.attributes, 'size')
    const after = requireNumber('slice', x.type, axis) - before - size
    return [builder.add('pad', [cotangent], { axis, before, after })]
  },
  evaluate: (inputs, attributes, type, environment) => {
    const [x] = take('slice', inputs, 1)
    const strides = stridesOf(x.value.shape)
    const k = axisIndex(x.type, axisAttribute('slice', attributes, 'axis'))
    const { shape } = zeros(type, environment)
    const offset = integerAttribute('slice', attributes, 'start') * at(strides, k)
    return { shape, data: gather(x.value.data, shape, strides, offset) }
  },
}
