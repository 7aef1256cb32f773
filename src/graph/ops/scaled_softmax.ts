import { GraphError, type OpDefinition } from '../graph.ts'
import { axisIndex, hasAxis, printType } from '../type.ts'
import { softmax } from './softmax.ts'
import { logSoftmaxLane } from './support/distributions.ts'
import { axisAttribute, numberAttribute, requireReal, takeMasked } from './support/inputs.ts'
import { aligned, at, eachLane, zeros } from './support/values.ts'

/**
 * softmax(x / divisor + bias) along an axis{axis, divisor}, over entries where the mask is true: what
 * attention makes of its scores, in one pass. Only passes
 * introduce it, after differentiation, so it has no vjp.
 *   (C1) x and perhaps a mask, as softmax asks for them  (C2) bias, f32, has only axes of x  (C3) divisor is not 0
 */
export const scaled_softmax: OpDefinition = {
  name: 'scaled_softmax',
  infer: (inputs, attributes) => {
    const [x, bias, mask] = takeMasked('scaled_softmax', inputs, 2)
    requireReal('scaled_softmax', 'the bias', bias)
    for (const { axis } of bias.dimensions) {
      if (!hasAxis(x, axis))
        throw new GraphError(`scaled_softmax: the bias has an axis ${axis} that ${printType(x)} lacks`)
    }
    requireDivisor('scaled_softmax', numberAttribute('scaled_softmax', attributes, 'divisor'))
    return softmax.infer(mask === undefined ? [x] : [x, mask], attributes)
  },
  decompose: (builder, inputs, attributes) => {
    const [x, bias, mask] = takeMasked('scaled_softmax', inputs, 2)
    const divisor = builder.constant(numberAttribute('scaled_softmax', attributes, 'divisor'))
    const low = builder.add('add', [builder.add('divide', [x, divisor]), bias])
    return builder.add('softmax', mask === undefined ? [low] : [low, mask], {
      axis: axisAttribute('scaled_softmax', attributes, 'axis'),
    })
  },
  evaluate: (inputs, attributes, type, environment) => {
    const [x, bias, mask] = takeMasked('scaled_softmax', inputs, 2)
    const divisor = numberAttribute('scaled_softmax', attributes, 'divisor')
    const result = zeros(type, environment)
    const live = mask === undefined ? undefined : aligned(mask, type.dimensions, result.shape)
    const raised = aligned(bias, type.dimensions, result.shape)
    const scores = x.value.data.map((score, i) => score / divisor + at(raised, i))
    const axis = axisIndex(type, axisAttribute('scaled_softmax', attributes, 'axis'))
    eachLane(result.shape, axis, (start, stride, length) => {
      const { shares } = logSoftmaxLane(scores, live, start, stride, length)
      for (let i = 0; i < length; i++) result.data[start + i * stride] = at(shares, i)
    })
    return result
  },
}

export function requireDivisor(op: string, divisor: number): void {
  if (divisor === 0 || !Number.isFinite(divisor)) throw new GraphError(`${op}: divisor ${divisor}`)
}
