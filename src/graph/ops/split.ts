import { type Dimension, GraphError, type OpDefinition } from '../graph.ts'
import { tensorType } from '../type.ts'
import { integerAttribute, requireNoAxis, requireNumber, take } from './support/inputs.ts'
import { at, gather, stridesAlong, zeros } from './support/values.ts'

/**
 * unit -> head x unit{heads}, head-major: unit h n + u of the input is unit u of head h, n units a head.
 *   (C1) one input  (C2) with axis unit, of a fixed size that `heads` divides  (C3) without axis head
 */
export const split: OpDefinition = {
  name: 'split',
  infer: (inputs, attributes) => {
    const [x] = take('split', inputs, 1)
    const heads = integerAttribute('split', attributes, 'heads', 1)
    const units = requireNumber('split', x, 'unit')
    requireNoAxis('split', x, 'head')
    if (units % heads !== 0) throw new GraphError(`split: ${units} units do not divide into ${heads} heads`)
    const inner = x.dimensions.map((d): Dimension => (d.axis === 'unit' ? { ...d, size: units / heads } : d))
    return tensorType(x.dtype, [...inner, { axis: 'head', size: heads }])
  },
  vjp: (builder, _node, cotangent) => [builder.add('join', [cotangent])],
  evaluate: (inputs, _attributes, type, environment) => {
    const [x] = take('split', inputs, 1)
    const { shape } = zeros(type, environment)
    const axes = type.dimensions.map((d) => d.axis)
    const strides = stridesAlong(x, axes)
    const unit = axes.indexOf('unit')
    strides[axes.indexOf('head')] = at(strides, unit) * at(shape, unit)
    return { shape, data: gather(x.value.data, shape, strides) }
  },
}
