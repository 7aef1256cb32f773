import { type Axis, GraphError, type OpDefinition } from '../graph.ts'
import { equalTypes, printType, tensorType, withoutAxes } from '../type.ts'
import { requireStandardizable, standardize } from './standardize.ts'
import { axesOf, numberAttribute, take } from './support/inputs.ts'
import { at } from './support/values.ts'

/**
 * The sum over all leading axes of g standardize(x){epsilon}: the backward pass through layer_norm to its
 * scale, as [unit]. Inputs x, g. Only passes introduce it, so
 * it has no vjp.
 *   (C1) x and g are of one type  (C2) x as standardize asks for it
 */
export const layer_norm_scale_gradient: OpDefinition = {
  name: 'layer_norm_scale_gradient',
  infer: (inputs, attributes) => {
    const [x, g] = take('layer_norm_scale_gradient', inputs, 2)
    const epsilon = numberAttribute('layer_norm_scale_gradient', attributes, 'epsilon')
    requireStandardizable('layer_norm_scale_gradient', x, epsilon)
    if (!equalTypes(x, g)) {
      throw new GraphError(`layer_norm_scale_gradient: ${printType(g)} does not belong to ${printType(x)}`)
    }
    return tensorType('f32', withoutAxes(x.dimensions, leadingAxes(axesOf(x))))
  },
  decompose: (builder, inputs, attributes) => {
    const [x, g] = take('layer_norm_scale_gradient', inputs, 2)
    const product = builder.add('multiply', [g, builder.add('standardize', [x], attributes)])
    return builder.add('sum', [product], { axes: leadingAxes(axesOf(x)) })
  },
  evaluate: (inputs, attributes, _type, environment) => {
    const [x, g] = take('layer_norm_scale_gradient', inputs, 2)
    const { shape, data } = standardize.evaluate([x], attributes, x.type, environment)
    const unit = axesOf(x.type).indexOf('unit')
    const n = shape[unit] ?? 0
    const after = shape.slice(unit + 1).reduce((product, size) => product * size, 1)
    const sums = new Float64Array(n)
    data.forEach((z, i) => {
      const k = Math.floor(i / after) % n
      sums[k] = at(sums, k) + at(g.value.data, i) * z
    })
    return { shape: [n], data: sums }
  },
}

function leadingAxes(axes: readonly Axis[]): Axis[] {
  return axes.filter((axis) => axis !== 'unit')
}
