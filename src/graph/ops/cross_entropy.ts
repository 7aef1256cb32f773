import type { OpDefinition } from '../graph.ts'
import { axisIndex } from '../type.ts'
import { logSoftmaxLane, rowLoss, together } from './support/distributions.ts'
import { axisAttribute, takeMasked } from './support/inputs.ts'
import { maskedSoftmax, sumOver, where } from './support/nodes.ts'
import { at, eachLane, zeros } from './support/values.ts'

/**
 * -sum(target log_softmax(logits)) along an axis{axis}, which goes away; over entries where the mask is true,
 * 0 where there is none.
 *   (C1) logits and target, f32, and perhaps a mask, bool  (C2) logits and target have the axis; all align by name
 * Gradients: logits: g (p sum(t) - t), p = softmax(logits), t the target (0 where masked), so p - t for a
 * distribution;
 * target: -g log_softmax(logits).
 */
export const cross_entropy: OpDefinition = {
  name: 'cross_entropy',
  infer: rowLoss('cross_entropy', 'logits and target'),
  vjp: (builder, node, cotangent) => {
    const [logits, target, mask] = takeMasked('cross_entropy', node.inputs, 2)
    const axis = axisAttribute('cross_entropy', node.attributes, 'axis')
    const shares = maskedSoftmax(builder, 'softmax', logits, mask, axis)
    const logs = maskedSoftmax(builder, 'log_softmax', logits, mask, axis)
    const live = mask === undefined ? target : where(builder, mask, target)
    const expected = builder.add('multiply', [shares, sumOver(builder, live, [axis])])
    return [
      builder.add('multiply', [cotangent, builder.add('subtract', [expected, live])]),
      builder.add('negate', [builder.add('multiply', [cotangent, logs])]),
    ]
  },
  decompose: (builder, inputs, attributes) => {
    const [logits, target, mask] = takeMasked('cross_entropy', inputs, 2)
    const axis = axisAttribute('cross_entropy', attributes, 'axis')
    const logs = maskedSoftmax(builder, 'log_softmax', logits, mask, axis)
    return builder.add('negate', [sumOver(builder, builder.add('multiply', [target, logs]), [axis])])
  },
  evaluate: (inputs, attributes, type, environment) => {
    const [logits, target, mask] = takeMasked('cross_entropy', inputs, 2)
    const all = together([logits, target, mask], environment)
    const [x = logits.value.data, t = target.value.data, live] = all.columns
    const result = zeros(type, environment)
    const axis = axisIndex(all.type, axisAttribute('cross_entropy', attributes, 'axis'))
    eachLane(all.shape, axis, (start, stride, length, lane) => {
      const { logs } = logSoftmaxLane(x, live, start, stride, length)
      let total = 0
      for (let i = 0; i < length; i++) {
        const share = at(t, start + i * stride)
        // 0 log 0 is 0
        if (share !== 0 && at(logs, i) !== 0) total -= share * at(logs, i)
      }
      result.data[lane] = total
    })
    return result
  },
}
