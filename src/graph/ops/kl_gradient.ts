import { GraphError, type Node, type OpDefinition } from '../graph.ts'
import { axisIndex, equalTypes, printType, tensorType, unionDimensions } from '../type.ts'
import { requireDivisor } from './scaled_softmax.ts'
import { logSoftmaxLane, together } from './support/distributions.ts'
import { axisAttribute, numberAttribute, requireAxis, requireNoAxis, requireReal } from './support/inputs.ts'
import { at, eachLane, zeros } from './support/values.ts'

/**
 * g (softmax(s / divisor) - softmax(t / divisor)) / divisor along an axis{axis, divisor}, and what stands
 * beside it added: the backward pass from `scaled_kl` to s, in one pass over
 * the logits. Only passes introduce it, so it has no vjp.
 *   (C1) s, t, f32, with the axis, and the cotangent g, f32, without it; all align by name  (C2) beside, where it is there, has the type of the result  (C3) divisor is not 0
 */
export const kl_gradient: OpDefinition = {
  name: 'kl_gradient',
  infer: (inputs, attributes) => {
    const [s, t, g, beside] = operands(inputs)
    const axis = axisAttribute('kl_gradient', attributes, 'axis')
    requireDivisor('kl_gradient', numberAttribute('kl_gradient', attributes, 'divisor'))
    for (const logits of [s, t]) {
      requireReal('kl_gradient', 'logits', logits)
      requireAxis('kl_gradient', logits, axis)
    }
    requireReal('kl_gradient', 'the cotangent', g)
    requireNoAxis('kl_gradient', g, axis)
    const result = tensorType('f32', unionDimensions(s.dimensions, t.dimensions, g.dimensions))
    if (beside !== undefined && !equalTypes(beside, result))
      throw new GraphError(`kl_gradient: ${printType(beside)} does not stand beside ${printType(result)}`)
    return result
  },
  decompose: (builder, inputs, attributes) => {
    const [s, t, g, beside] = operands(inputs)
    const axis = axisAttribute('kl_gradient', attributes, 'axis')
    const divisor = builder.constant(numberAttribute('kl_gradient', attributes, 'divisor'))
    const shares = (logits: Node): Node =>
      builder.add('softmax', [builder.add('divide', [logits, divisor])], { axis })
    const ahead = builder.add('multiply', [g, builder.add('subtract', [shares(s), shares(t)])])
    const back = builder.add('divide', [ahead, divisor])
    return beside === undefined ? back : builder.add('add', [beside, back])
  },
  evaluate: (inputs, attributes, type, environment) => {
    const { shape, columns } = together(operands(inputs), environment)
    const [student, target, up, beside] = columns
    const divisor = numberAttribute('kl_gradient', attributes, 'divisor')
    const result = zeros(type, environment)
    const axis = axisIndex(type, axisAttribute('kl_gradient', attributes, 'axis'))
    const low = [student, target].map((logits) => logits?.map((x) => x / divisor))
    eachLane(shape, axis, (start, stride, length) => {
      const [own = [], wanted = []] = low.map((logits) =>
        logits === undefined ? [] : logSoftmaxLane(logits, undefined, start, stride, length).shares,
      )
      for (let i = 0; i < length; i++) {
        const k = start + i * stride
        const ahead = (up?.[k] ?? Number.NaN) * (at(own, i) - at(wanted, i))
        result.data[k] = ahead / divisor + (beside?.[k] ?? 0)
      }
    })
    return result
  },
}

function operands<T>(inputs: readonly T[]): [T, T, T, T | undefined] {
  const [s, t, g, beside] = inputs
  if (s === undefined || t === undefined || g === undefined || inputs.length > 4)
    throw new GraphError(`kl_gradient: takes 3 inputs and perhaps one beside them, not ${inputs.length}`)
  return [s, t, g, beside]
}
