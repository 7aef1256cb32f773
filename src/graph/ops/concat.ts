import { type Dimension, GraphError, type OpDefinition } from '../graph.ts'
import { axisIndex, equalDimensions, printType, tensorType, withoutAxes } from '../type.ts'
import { axisAttribute, requireNumber } from './support/inputs.ts'
import { at, countOf, zeros } from './support/values.ts'

/**
 * Inputs one after another along an axis{axis}; gradient: slices.
 *   (C1) at least one input  (C2) of one dtype  (C3) whose axis has a fixed size  (C4) other axes are the same in all
 */
export const concat: OpDefinition = {
  name: 'concat',
  infer: (inputs, attributes) => {
    const axis = axisAttribute('concat', attributes, 'axis')
    const [first] = inputs
    if (first === undefined) throw new GraphError('concat: takes at least one input')
    const others = withoutAxes(first.dimensions, [axis])
    for (const x of inputs) {
      if (x.dtype !== first.dtype || !equalDimensions(withoutAxes(x.dimensions, [axis]), others)) {
        throw new GraphError(`concat: ${printType(x)} does not fit ${printType(first)} along ${axis}`)
      }
    }
    const size = inputs.reduce((total, x) => total + requireNumber('concat', x, axis), 0)
    return tensorType(
      first.dtype,
      first.dimensions.map((d): Dimension => (d.axis === axis ? { axis, size } : d)),
    )
  },
  vjp: (builder, node, cotangent) => {
    const axis = axisAttribute('concat', node.attributes, 'axis')
    let start = 0
    return node.inputs.map((x) => {
      const size = requireNumber('concat', x.type, axis)
      const part = builder.add('slice', [cotangent], { axis, start, size })
      start += size
      return part
    })
  },
  evaluate: (inputs, attributes, type, environment) => {
    const result = zeros(type, environment)
    const k = axisIndex(type, axisAttribute('concat', attributes, 'axis'))
    const outer = countOf(result.shape.slice(0, k))
    let to = 0
    for (let o = 0; o < outer; o++) {
      for (const { value } of inputs) {
        const run = countOf(value.shape.slice(k))
        for (let i = 0; i < run; i++) result.data[to++] = at(value.data, o * run + i)
      }
    }
    return result
  },
}
