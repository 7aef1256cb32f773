import { GraphError, type OpDefinition } from '../graph.ts'
import { printType, sizeOf, tensorType } from '../type.ts'
import {
  axesOf,
  integerAttribute,
  optionalInteger,
  requireDType,
  requireEqualSize,
  requireReal,
  take,
} from './support/inputs.ts'
import { castTo, where } from './support/nodes.ts'
import { at, eachLane, zeros } from './support/values.ts'

/**
 * The gradient of a table [row, column] from that of what was looked up: row r is the sum of g where ids is
 * r, and 0 for r = padding{rows, padding}.
 *   (C1) two inputs: i32 and f32  (C2) g has the axes of ids and unit
 * Ids without a row add nothing.
 */
export const lookup_gradient: OpDefinition = {
  name: 'lookup_gradient',
  infer: (inputs, attributes) => {
    const [ids, g] = take('lookup_gradient', inputs, 2)
    requireDType('lookup_gradient', 'ids', ids, ['i32'])
    requireReal('lookup_gradient', 'the cotangent', g)
    optionalInteger('lookup_gradient', attributes, 'padding')
    for (const { axis, size } of ids.dimensions)
      requireEqualSize('lookup_gradient', axis, size, sizeOf(g, axis))
    if (g.dimensions.length !== ids.dimensions.length + 1) {
      throw new GraphError(`lookup_gradient: ${printType(g)} does not belong to ids ${printType(ids)}`)
    }
    return tensorType('f32', [
      { axis: 'row', size: integerAttribute('lookup_gradient', attributes, 'rows') },
      { axis: 'column', size: sizeOf(g, 'unit') },
    ])
  },
  decompose: (builder, inputs, attributes) => {
    const [ids, g] = take('lookup_gradient', inputs, 2)
    const padding = optionalInteger('lookup_gradient', attributes, 'padding')
    const hot = builder.add('one_hot', [ids], {
      axis: 'row',
      size: integerAttribute('lookup_gradient', attributes, 'rows'),
    })
    const live =
      padding === null
        ? hot
        : where(
            builder,
            builder.add('not_equal', [ids, castTo(builder, builder.constant(padding), 'i32')]),
            hot,
          )
    const right = axesOf(g).map((axis) => (axis === 'unit' ? 'column' : axis))
    return builder.add('contract', [live, g], { left: axesOf(hot), right, sum: axesOf(ids) })
  },
  evaluate: (inputs, attributes, type, environment) => {
    const [ids, g] = take('lookup_gradient', inputs, 2)
    const padding = optionalInteger('lookup_gradient', attributes, 'padding')
    const result = zeros(type, environment)
    const [rows = 0, columns = 0] = result.shape
    eachLane(g.value.shape, axesOf(g.type).indexOf('unit'), (start, stride, length, lane) => {
      const id = at(ids.value.data, lane)
      if (id < 0 || id >= rows || id === padding) return
      for (let i = 0; i < length; i++) {
        const to = id * columns + i
        result.data[to] = at(result.data, to) + at(g.value.data, start + i * stride)
      }
    })
    return result
  },
}
