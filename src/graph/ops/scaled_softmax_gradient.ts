import { GraphError, type OpDefinition } from '../graph.ts'
import { equalTypes, printType } from '../type.ts'
import { requireDivisor } from './scaled_softmax.ts'
import { softmax_gradient } from './softmax_gradient.ts'
import { axisAttribute, numberAttribute, take } from './support/inputs.ts'
import { at } from './support/values.ts'

/**
 * y (g d - sum(y g d)) / divisor along an axis{axis, divisor}: the backward pass through scores / divisor ==> softmax ==> dropout, in one pass; y the shares, g the
 * cotangent of what dropout left, d dropout's factors. Only passes introduce it, so it has no vjp.
 *   (C1) three inputs of one type, f32, with the axis  (C2) divisor is not 0
 */
export const scaled_softmax_gradient: OpDefinition = {
  name: 'scaled_softmax_gradient',
  infer: (inputs, attributes) => {
    const [y, g, d] = take('scaled_softmax_gradient', inputs, 3)
    requireDivisor(
      'scaled_softmax_gradient',
      numberAttribute('scaled_softmax_gradient', attributes, 'divisor'),
    )
    if (!equalTypes(y, d))
      throw new GraphError(`scaled_softmax_gradient: ${printType(d)} does not belong to ${printType(y)}`)
    return softmax_gradient.infer([y, g], attributes)
  },
  decompose: (builder, inputs, attributes) => {
    const [y, g, d] = take('scaled_softmax_gradient', inputs, 3)
    const kept = builder.add('multiply', [g, d])
    const divisor = numberAttribute('scaled_softmax_gradient', attributes, 'divisor')
    const axis = axisAttribute('scaled_softmax_gradient', attributes, 'axis')
    const back = builder.add('softmax_gradient', [y, kept], { axis })
    return builder.add('divide', [back, builder.constant(divisor)])
  },
  evaluate: (inputs, attributes, type, environment) => {
    const [y, g, d] = take('scaled_softmax_gradient', inputs, 3)
    const divisor = numberAttribute('scaled_softmax_gradient', attributes, 'divisor')
    const kept = g.value.data.map((value, i) => value * at(d.value.data, i))
    const cotangent = { ...g, value: { ...g.value, data: kept } }
    const { shape, data } = softmax_gradient.evaluate([y, cotangent], attributes, type, environment)
    return { shape, data: data.map((value) => value / divisor) }
  },
}
