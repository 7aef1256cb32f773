import type { OpDefinition } from '../graph.ts'
import { axisIndex, sizeOf } from '../type.ts'
import { logSoftmaxLane, rowType, together } from './support/distributions.ts'
import {
  axisAttribute,
  requireAxis,
  requireDType,
  requireMask,
  requireNoAxis,
  requireReal,
  takeMasked,
} from './support/inputs.ts'
import { maskedSoftmax, withMask } from './support/nodes.ts'
import { at, eachLane, zeros } from './support/values.ts'

/**
 * -log_softmax(logits)[label] along an axis{axis}, which goes away. 0, without a gradient, for a label
 * outside 0 .. n - 1 (-100 for "no label") and for one
 * that the mask excludes.
 *   (C1) logits, f32, labels, i32, and perhaps a mask, bool  (C2) logits have the axis, labels do not; all align by name
 * Gradient of the logits: cross_entropy_labels_gradient.
 */
export const cross_entropy_labels: OpDefinition = {
  name: 'cross_entropy_labels',
  infer: (inputs, attributes) => {
    const [logits, labels, mask] = takeMasked('cross_entropy_labels', inputs, 2)
    const axis = axisAttribute('cross_entropy_labels', attributes, 'axis')
    requireReal('cross_entropy_labels', 'logits', logits)
    requireAxis('cross_entropy_labels', logits, axis)
    requireDType('cross_entropy_labels', 'labels', labels, ['i32'])
    requireNoAxis('cross_entropy_labels', labels, axis)
    requireMask('cross_entropy_labels', mask)
    return rowType(axis, logits, labels, mask)
  },
  vjp: (builder, node, cotangent) => {
    const [logits, labels, mask] = takeMasked('cross_entropy_labels', node.inputs, 2)
    const axis = axisAttribute('cross_entropy_labels', node.attributes, 'axis')
    const shares = maskedSoftmax(builder, 'softmax', logits, mask, axis)
    return [
      builder.add('cross_entropy_labels_gradient', withMask([shares, labels, cotangent], mask), { axis }),
      undefined,
    ]
  },
  decompose: (builder, inputs, attributes) => {
    const [logits, labels, mask] = takeMasked('cross_entropy_labels', inputs, 2)
    const axis = axisAttribute('cross_entropy_labels', attributes, 'axis')
    const target = builder.add('one_hot', [labels], { axis, size: sizeOf(logits.type, axis) })
    return builder.add('cross_entropy', withMask([logits, target], mask), { axis })
  },
  evaluate: (inputs, attributes, type, environment) => {
    const [logits, labels, mask] = takeMasked('cross_entropy_labels', inputs, 2)
    const all = together([logits, labels, mask], environment)
    const [x = logits.value.data, label = labels.value.data, live] = all.columns
    const result = zeros(type, environment)
    const axis = axisIndex(all.type, axisAttribute('cross_entropy_labels', attributes, 'axis'))
    eachLane(all.shape, axis, (start, stride, length, lane) => {
      const wanted = at(label, start)
      if (wanted < 0 || wanted >= length) return
      const loss = -at(logSoftmaxLane(x, live, start, stride, length).logs, wanted)
      result.data[lane] = loss === 0 ? 0 : loss
    })
    return result
  },
}
