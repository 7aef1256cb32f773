import type { OpDefinition } from '../graph.ts'
import { axisIndex } from '../type.ts'
import { logSoftmaxLane, rowLoss, together } from './support/distributions.ts'
import { axisAttribute, takeMasked } from './support/inputs.ts'
import { maskedSoftmax, sumOver } from './support/nodes.ts'
import { at, eachLane, zeros } from './support/values.ts'

/**
 * KL(softmax(t) || softmax(s)) = sum(p_t (log p_t - log p_s)) along an axis{axis}, which goes away; over
 * entries where the mask is true, 0 where there is none.
 *   (C1) s and t, logits, f32, and perhaps a mask, bool  (C2) s and t have the axis; all align by name
 * Gradients: s: g (p_s - p_t); t: g p_t ((log p_t - log p_s) - KL).
 */
export const kl: OpDefinition = {
  name: 'kl',
  infer: rowLoss('kl', 'logits'),
  vjp: (builder, node, cotangent) => {
    const [s, t, mask] = takeMasked('kl', node.inputs, 2)
    const axis = axisAttribute('kl', node.attributes, 'axis')
    const shares = maskedSoftmax(builder, 'softmax', t, mask, axis)
    const ratio = builder.add('subtract', [
      maskedSoftmax(builder, 'log_softmax', t, mask, axis),
      maskedSoftmax(builder, 'log_softmax', s, mask, axis),
    ])
    const above = builder.add('multiply', [shares, builder.add('subtract', [ratio, node])])
    return [
      builder.add('multiply', [
        cotangent,
        builder.add('subtract', [maskedSoftmax(builder, 'softmax', s, mask, axis), shares]),
      ]),
      builder.add('multiply', [cotangent, above]),
    ]
  },
  decompose: (builder, inputs, attributes) => {
    const [s, t, mask] = takeMasked('kl', inputs, 2)
    const axis = axisAttribute('kl', attributes, 'axis')
    const ratio = builder.add('subtract', [
      maskedSoftmax(builder, 'log_softmax', t, mask, axis),
      maskedSoftmax(builder, 'log_softmax', s, mask, axis),
    ])
    const shares = maskedSoftmax(builder, 'softmax', t, mask, axis)
    return sumOver(builder, builder.add('multiply', [shares, ratio]), [axis])
  },
  evaluate: (inputs, attributes, type, environment) => {
    const [s, t, mask] = takeMasked('kl', inputs, 2)
    const all = together([s, t, mask], environment)
    const [student = s.value.data, target = t.value.data, live] = all.columns
    const result = zeros(type, environment)
    const axis = axisIndex(all.type, axisAttribute('kl', attributes, 'axis'))
    eachLane(all.shape, axis, (start, stride, length, lane) => {
      const { logs } = logSoftmaxLane(student, live, start, stride, length)
      const { logs: targetLogs, shares } = logSoftmaxLane(target, live, start, stride, length)
      let total = 0
      for (let i = 0; i < length; i++) {
        // 0 log 0 is 0
        if (at(shares, i) !== 0) total += at(shares, i) * (at(targetLogs, i) - at(logs, i))
      }
      result.data[lane] = total
    })
    return result
  },
}
