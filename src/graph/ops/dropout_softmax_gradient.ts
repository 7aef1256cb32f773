import type { OpDefinition } from '../graph.ts'
import { dropout, requireKept } from './dropout.ts'
import { requireDivisor } from './scaled_softmax.ts'
import { softmax_gradient } from './softmax_gradient.ts'
import { rateOf } from './support/dropout.ts'
import { axisAttribute, numberAttribute, take } from './support/inputs.ts'

const name = 'dropout_softmax_gradient'

/**
 * `scaled_softmax_gradient` of y, g and the factors of a dropout mask, of which only the zeros are held{axis,
 * divisor, rate}:
 * y (g d - sum(y g d)) / divisor along an axis, d = 1 / (1 - rate) where it is kept, else 0. Only passes
 * introduce it, so it has no vjp.
 *   (C1) two inputs of one type, f32, with the axis, and booleans of their dimensions  (C2) divisor is not 0  (C3) 0 <= rate < 1
 */
export const dropout_softmax_gradient: OpDefinition = {
  name,
  infer: (inputs, attributes) => {
    const [y, g, keep] = take(name, inputs, 3)
    requireDivisor(name, numberAttribute(name, attributes, 'divisor'))
    rateOf(name, attributes)
    requireKept(name, keep, y)
    return softmax_gradient.infer([y, g], attributes)
  },
  decompose: (builder, inputs, attributes) => {
    const [y, g, keep] = take(name, inputs, 3)
    const kept = builder.add('dropout', [g, keep], { rate: rateOf(name, attributes) })
    const back = builder.add('softmax_gradient', [y, kept], { axis: axisAttribute(name, attributes, 'axis') })
    return builder.add('divide', [back, builder.constant(numberAttribute(name, attributes, 'divisor'))])
  },
  evaluate: (inputs, attributes, type, environment) => {
    const [y, g, keep] = take(name, inputs, 3)
    const divisor = numberAttribute(name, attributes, 'divisor')
    const cotangent = { ...g, value: dropout.evaluate([g, keep], attributes, g.type, environment) }
    const { shape, data } = softmax_gradient.evaluate([y, cotangent], attributes, type, environment)
    return { shape, data: data.map((value) => value / divisor) }
  },
}
