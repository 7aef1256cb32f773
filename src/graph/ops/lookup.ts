import { GraphError, type OpDefinition } from '../graph.ts'
import { tensorType } from '../type.ts'
import {
  axesOf,
  optionalInteger,
  requireDType,
  requireNoAxis,
  requireNumber,
  requireReal,
  requireShape,
  take,
} from './support/inputs.ts'
import { at, eachLane, zeros } from './support/values.ts'

/**
 * Row ids[..] of a table [row, column]{padding}, as the axis unit. Gradient: lookup_gradient, which leaves
 * out row `padding`.
 *   (C1) two inputs: i32 and f32  (C2) the table is [row, column], with a fixed number of rows  (C3) ids have no axis unit
 * An id without a row is an error when run.
 */
export const lookup: OpDefinition = {
  name: 'lookup',
  infer: (inputs, attributes) => {
    const [ids, table] = take('lookup', inputs, 2)
    requireDType('lookup', 'ids', ids, ['i32'])
    requireReal('lookup', 'the table', table)
    optionalInteger('lookup', attributes, 'padding')
    const [, size] = requireShape('lookup', 'the table', table, ['row', 'column'])
    requireNumber('lookup', table, 'row')
    for (const axis of ['unit', 'row', 'column'] as const) requireNoAxis('lookup', ids, axis)
    return tensorType('f32', [...ids.dimensions, { axis: 'unit', size: size ?? 0 }])
  },
  vjp: (builder, node, cotangent) => {
    const [ids, table] = take(node.op, node.inputs, 2)
    return [
      undefined,
      builder.add('lookup_gradient', [ids, cotangent], {
        rows: requireNumber('lookup', table.type, 'row'),
        padding: optionalInteger('lookup', node.attributes, 'padding'),
      }),
    ]
  },
  decompose: (builder, inputs) => {
    const [ids, table] = take('lookup', inputs, 2)
    const hot = builder.add('one_hot', [ids], {
      axis: 'row',
      size: requireNumber('lookup', table.type, 'row'),
    })
    return builder.add('contract', [hot, table], { left: axesOf(hot), right: ['row', 'unit'], sum: ['row'] })
  },
  evaluate: (inputs, _attributes, type, environment) => {
    const [ids, table] = take('lookup', inputs, 2)
    const [rows = 0, columns = 0] = table.value.shape
    const result = zeros(type, environment)
    eachLane(result.shape, axesOf(type).indexOf('unit'), (start, stride, length, lane) => {
      const id = at(ids.value.data, lane)
      if (id < 0 || id >= rows) throw new GraphError(`lookup: no row ${id} in a table of ${rows}`)
      for (let i = 0; i < length; i++)
        result.data[start + i * stride] = at(table.value.data, id * columns + i)
    })
    return result
  },
}
