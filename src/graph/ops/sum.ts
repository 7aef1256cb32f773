import type { OpDefinition } from '../graph.ts'
import { tensorType, withoutAxes } from '../type.ts'
import { axesAttribute, requireAxis, requireReal, take } from './support/inputs.ts'
import { broadcastTo } from './support/nodes.ts'
import { at, countOf, gather, stridesAlong, zeros } from './support/values.ts'

/**
 * The sum over some axes{axes}, which go away; gradient: g repeated along them.
 *   (C1) one input, f32  (C2) with each of the axes
 */
export const sum: OpDefinition = {
  name: 'sum',
  infer: (inputs, attributes) => {
    const [x] = take('sum', inputs, 1)
    requireReal('sum', 'its input', x)
    const axes = axesAttribute('sum', attributes, 'axes')
    for (const axis of axes) requireAxis('sum', x, axis)
    return tensorType('f32', withoutAxes(x.dimensions, axes))
  },
  vjp: (builder, node, cotangent) => {
    const [x] = take(node.op, node.inputs, 1)
    return [broadcastTo(builder, cotangent, x.type.dimensions)]
  },
  evaluate: (inputs, attributes, type, environment) => {
    const [x] = take('sum', inputs, 1)
    const axes = axesAttribute('sum', attributes, 'axes')
    const kept = type.dimensions.map((d) => d.axis)
    const result = zeros(type, environment)
    const sizes = axes.map((axis) =>
      at(
        x.value.shape,
        x.type.dimensions.findIndex((d) => d.axis === axis),
      ),
    )
    // kept axes first, so that summed values are contiguous
    const together = gather(x.value.data, [...result.shape, ...sizes], stridesAlong(x, [...kept, ...axes]))
    const length = countOf(sizes)
    for (let row = 0; row < result.data.length; row++) {
      let total = 0
      for (let i = 0; i < length; i++) total += at(together, row * length + i)
      result.data[row] = total
    }
    return result
  },
}
