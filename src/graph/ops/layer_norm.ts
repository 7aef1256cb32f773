import type { GraphBuilder, Node, OpDefinition } from '../graph.ts'
import { axisIndex } from '../type.ts'
import { requireStandardizable } from './standardize.ts'
import {
  axesOf,
  numberAttribute,
  requireEqualSize,
  requireNumber,
  requireReal,
  requireShape,
  take,
} from './support/inputs.ts'
import { standardizedLane } from './support/moments.ts'
import { rename, sumOver } from './support/nodes.ts'
import { at, eachLane, zeros } from './support/values.ts'

/**
 * scale standardize(x) + bias over unit{epsilon} (Ba, Kiros and Hinton 2016, eq. 4).
 *   (C1) three inputs, f32  (C2) x has axis unit, of a fixed size  (C3) scale and bias are [row], of that size  (C4) epsilon is not negative
 * Gradients: x: standardize_gradient(x, g scale); scale: the sum of g standardize(x); bias: the sum of g.
 */
export const layer_norm: OpDefinition = {
  name: 'layer_norm',
  infer: (inputs, attributes) => {
    const [x, scale, bias] = take('layer_norm', inputs, 3)
    requireStandardizable('layer_norm', x, numberAttribute('layer_norm', attributes, 'epsilon'))
    for (const parameter of [scale, bias]) {
      requireReal('layer_norm', 'scale and bias', parameter)
      const [rows = 0] = requireShape('layer_norm', 'scale and bias', parameter, ['row'])
      requireEqualSize('layer_norm', 'units and rows', requireNumber('layer_norm', x, 'unit'), rows)
    }
    return x
  },
  vjp: (builder, node, cotangent) => {
    const [x, scale] = take(node.op, node.inputs, 3)
    const leading = axesOf(x).filter((axis) => axis !== 'unit')
    const toRow = (g: Node) => rename(builder, sumOver(builder, g, leading), 'unit', 'row')
    const up = builder.add('multiply', [cotangent, rename(builder, scale, 'row', 'unit')])
    return [
      builder.add('standardize_gradient', [x, up], node.attributes),
      toRow(builder.add('multiply', [cotangent, standardized(builder, node)])),
      toRow(cotangent),
    ]
  },
  decompose: (builder, inputs, attributes) => {
    const [x, scale, bias] = take('layer_norm', inputs, 3)
    const y = builder.add('standardize', [x], attributes)
    const scaled = builder.add('multiply', [y, rename(builder, scale, 'row', 'unit')])
    return builder.add('add', [scaled, rename(builder, bias, 'row', 'unit')])
  },
  evaluate: (inputs, attributes, type, environment) => {
    const [x, scale, bias] = take('layer_norm', inputs, 3)
    const epsilon = numberAttribute('layer_norm', attributes, 'epsilon')
    const result = zeros(type, environment)
    eachLane(result.shape, axisIndex(type, 'unit'), (start, stride, length) => {
      const { values } = standardizedLane(x.value.data, start, stride, length, epsilon)
      values.forEach((value, i) => {
        result.data[start + i * stride] = value * at(scale.value.data, i) + at(bias.value.data, i)
      })
    })
    return result
  },
}

function standardized(builder: GraphBuilder, node: Node): Node {
  const [x] = take(node.op, node.inputs, 3)
  return builder.add('standardize', [x], node.attributes)
}
