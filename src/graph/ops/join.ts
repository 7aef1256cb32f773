import type { Axis, Dimension, OpDefinition } from '../graph.ts'
import { tensorType, withoutAxes } from '../type.ts'
import { requireNumber, take } from './support/inputs.ts'
import { at, gather, stridesAlong, zeros } from './support/values.ts'

/**
 * head x unit -> unit: the inverse of split.
 *   (C1) one input  (C2) with axes head and unit, both of fixed sizes
 */
export const join: OpDefinition = {
  name: 'join',
  infer: (inputs) => {
    const [x] = take('join', inputs, 1)
    const units = requireNumber('join', x, 'head') * requireNumber('join', x, 'unit')
    return tensorType(
      x.dtype,
      withoutAxes(x.dimensions, ['head']).map(
        (d): Dimension => (d.axis === 'unit' ? { ...d, size: units } : d),
      ),
    )
  },
  vjp: (builder, node, cotangent) => {
    const [x] = take(node.op, node.inputs, 1)
    return [builder.add('split', [cotangent], { heads: requireNumber('join', x.type, 'head') })]
  },
  evaluate: (inputs, _attributes, type, environment) => {
    const [x] = take('join', inputs, 1)
    // head right before unit: then both together are the joined axis
    const axes = type.dimensions.flatMap((d): Axis[] => (d.axis === 'unit' ? ['head', 'unit'] : [d.axis]))
    const apart = axes.map((axis) =>
      at(
        x.value.shape,
        x.type.dimensions.findIndex((d) => d.axis === axis),
      ),
    )
    const { shape } = zeros(type, environment)
    return { shape, data: gather(x.value.data, apart, stridesAlong(x, axes)) }
  },
}
