import type { Node, OpDefinition } from '../graph.ts'
import { kl } from './kl.ts'
import { requireDivisor } from './scaled_softmax.ts'
import { axisAttribute, numberAttribute, take } from './support/inputs.ts'

/**
 * kl(s / divisor, t / divisor) along an axis{axis, divisor}: the divergence at a temperature, in one pass.
 * Only passes introduce it, after differentiation, so it
 * has no vjp.
 *   (C1) s and t, as kl asks for them, without a mask  (C2) divisor is not 0
 */
export const scaled_kl: OpDefinition = {
  name: 'scaled_kl',
  infer: (inputs, attributes) => {
    take('scaled_kl', inputs, 2)
    requireDivisor('scaled_kl', numberAttribute('scaled_kl', attributes, 'divisor'))
    return kl.infer(inputs, attributes)
  },
  decompose: (builder, inputs, attributes) => {
    const divisor = builder.constant(numberAttribute('scaled_kl', attributes, 'divisor'))
    const low = (logits: Node): Node => builder.add('divide', [logits, divisor])
    const [s, t] = take('scaled_kl', inputs, 2)
    return builder.add('kl', [low(s), low(t)], { axis: axisAttribute('scaled_kl', attributes, 'axis') })
  },
  evaluate: (inputs, attributes, type, environment) => {
    const divisor = numberAttribute('scaled_kl', attributes, 'divisor')
    const low = inputs.map((logits) => ({
      ...logits,
      value: { ...logits.value, data: logits.value.data.map((x) => x / divisor) },
    }))
    return kl.evaluate(low, attributes, type, environment)
  },
}
