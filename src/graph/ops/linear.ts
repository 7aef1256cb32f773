import type { Attributes } from '../graph.ts'
import { type Axis, GraphError, type OpDefinition, type TensorType } from '../graph.ts'
import { precisionAttribute, precisionOf } from '../precision.ts'
import { tensorType, withoutAxes } from '../type.ts'
import { gradientPrecision } from './contract.ts'
import {
  axesOf,
  requireAxis,
  requireEqualSize,
  requireNoAxis,
  requireReal,
  requireShape,
  take,
} from './support/inputs.ts'
import { rename, sumOver } from './support/nodes.ts'
import { multiplied } from './support/products.ts'
import { at, eachLane } from './support/values.ts'

/**
 * y = x W^T + b over the axis unit, any other axes leading{out: unit | class, precision?: bf16 | int8}.
 *   (C1) three inputs, f32  (C2) x has axis unit  (C3) W is [row, column], column the size of unit  (C4) b is [row], of the same size
 *   (C5) x has neither row nor column, and not `out` unless that is unit  (C6) precision is one of these (precision.ts); the bias is added in float32
 * Gradients: x: g W; W: g^T x; b: the sum of g, each over all leading axes.
 */
export const linear: OpDefinition = {
  name: 'linear',
  infer: (inputs, attributes) => {
    const [x, weight, bias] = take('linear', inputs, 3)
    const out = outAxis(attributes)
    precisionOf(attributes)
    for (const input of inputs) requireReal('linear', 'each input', input)
    const unit = requireAxis('linear', x, 'unit').size
    const [rows, columns] = requireShape('linear', 'the weight', weight, ['row', 'column'])
    const [biasRows] = requireShape('linear', 'the bias', bias, ['row'])
    if (rows === undefined || columns === undefined || biasRows === undefined)
      throw new GraphError('linear: no rows')
    requireEqualSize('linear', 'unit and column', unit, columns)
    requireEqualSize('linear', 'rows of weight and bias', rows, biasRows)
    const leading = { ...x, dimensions: withoutAxes(x.dimensions, ['unit']) }
    for (const axis of ['row', 'column', out] as const) requireNoAxis('linear', leading, axis)
    return tensorType('f32', [...leading.dimensions, { axis: out, size: rows }])
  },
  vjp: (builder, node, cotangent) => {
    const [x, weight] = take(node.op, node.inputs, 3)
    const out = outAxis(node.attributes)
    const leading = axesOf(x).filter((axis) => axis !== 'unit')
    const g = labels(node.type, out, 'row')
    const precision = gradientPrecision(node)
    return [
      builder.add('contract', [cotangent, weight], {
        left: g,
        right: ['row', 'unit'],
        sum: ['row'],
        ...precision,
      }),
      builder.add('contract', [cotangent, x], {
        left: g,
        right: labels(x.type, 'unit', 'column'),
        sum: leading,
        ...precision,
      }),
      rename(builder, sumOver(builder, cotangent, leading), out, 'row'),
    ]
  },
  decompose: (builder, inputs, attributes) => {
    const [x, weight, bias] = take('linear', inputs, 3)
    const out = outAxis(attributes)
    const left = labels(x.type, 'unit', 'column')
    const product = builder.add('contract', [x, weight], {
      left,
      right: [out, 'column'],
      sum: ['column'],
      ...precisionAttribute(precisionOf(attributes)),
    })
    return builder.add('add', [product, rename(builder, bias, 'row', out)])
  },
  evaluate: (inputs, attributes, type, environment) => {
    const [x, weight, bias] = take('linear', inputs, 3)
    const out = outAxis(attributes)
    const product = multiplied(
      { value: x.value, labels: labels(x.type, 'unit', 'column') },
      { value: weight.value, labels: [out, 'column'] },
      type,
      environment,
      precisionOf(attributes),
    )
    const data = Float64Array.from(product.data)
    eachLane(product.shape, axesOf(type).indexOf(out), (start, stride, length) => {
      for (let i = 0; i < length; i++)
        data[start + i * stride] = at(data, start + i * stride) + at(bias.value.data, i)
    })
    return { shape: product.shape, data }
  },
}

function outAxis(attributes: Attributes): 'unit' | 'class' {
  if (attributes.out === 'unit' || attributes.out === 'class') return attributes.out
  throw new GraphError('linear: attribute out must be unit or class')
}

/** Axes of a type with one of them under another name, in the order of its dimensions. */
function labels(type: TensorType, from: Axis, to: Axis): Axis[] {
  return axesOf(type).map((axis) => (axis === from ? to : axis))
}
