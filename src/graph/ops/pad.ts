import type { Dimension, OpDefinition } from '../graph.ts'
import { axisIndex, tensorType } from '../type.ts'
import { axisAttribute, integerAttribute, requireNumber, requireReal, take } from './support/inputs.ts'
import { at, eachLane, zeros } from './support/values.ts'

/**
 * Zeros before and after along an axis{axis, before, after}; gradient: slice.
 *   (C1) one input, f32  (C2) whose axis has a fixed size
 */
export const pad: OpDefinition = {
  name: 'pad',
  infer: (inputs, attributes) => {
    const [x] = take('pad', inputs, 1)
    requireReal('pad', 'its input', x)
    const axis = axisAttribute('pad', attributes, 'axis')
    const size =
      requireNumber('pad', x, axis) +
      integerAttribute('pad', attributes, 'before') +
      integerAttribute('pad', attributes, 'after')
    return tensorType(
      x.dtype,
      x.dimensions.map((d): Dimension => (d.axis === axis ? { axis, size } : d)),
    )
  },
  vjp: (builder, node, cotangent) => {
    const [x] = take(node.op, node.inputs, 1)
    const axis = axisAttribute('pad', node.attributes, 'axis')
    const start = integerAttribute('pad', node.attributes, 'before')
    return [builder.add('slice', [cotangent], { axis, start, size: requireNumber('pad', x.type, axis) })]
  },
  evaluate: (inputs, attributes, type, environment) => {
    const [x] = take('pad', inputs, 1)
    const before = integerAttribute('pad', attributes, 'before')
    const k = axisIndex(type, axisAttribute('pad', attributes, 'axis'))
    const length = at(x.value.shape, k)
    const result = zeros(type, environment)
    const starts: number[] = []
    eachLane(x.value.shape, k, (start) => starts.push(start))
    eachLane(result.shape, k, (start, stride, _whole, lane) => {
      for (let i = 0; i < length; i++) {
        result.data[start + (before + i) * stride] = at(x.value.data, at(starts, lane) + i * stride)
      }
    })
    return result
  },
}
