import { GraphError, type OpDefinition } from '../graph.ts'
import { axisIndex, sizeOf, tensorType, unionDimensions } from '../type.ts'
import { together } from './support/distributions.ts'
import {
  axisAttribute,
  requireAxis,
  requireDType,
  requireMask,
  requireNoAxis,
  requireReal,
} from './support/inputs.ts'
import { sumOver, where } from './support/nodes.ts'
import { at, eachLane, zeros } from './support/values.ts'

/**
 * g (p - one_hot(label)) along an axis{axis}, p = softmax(logits); 0 in rows whose label is outside 0 .. n -
 * 1 or masked.
 *   (C1) p, f32, labels, i32, the cotangent g, f32, and perhaps a mask, bool  (C2) p has the axis, labels and g do not; all align by name
 */
export const cross_entropy_labels_gradient: OpDefinition = {
  name: 'cross_entropy_labels_gradient',
  infer: (inputs, attributes) => {
    const [p, labels, g, mask] = four(inputs)
    const axis = axisAttribute('cross_entropy_labels_gradient', attributes, 'axis')
    requireReal('cross_entropy_labels_gradient', 'shares', p)
    requireAxis('cross_entropy_labels_gradient', p, axis)
    requireDType('cross_entropy_labels_gradient', 'labels', labels, ['i32'])
    requireReal('cross_entropy_labels_gradient', 'the cotangent', g)
    for (const rows of [labels, g]) requireNoAxis('cross_entropy_labels_gradient', rows, axis)
    requireMask('cross_entropy_labels_gradient', mask)
    return tensorType('f32', unionDimensions(...inputs.map((input) => input.dimensions)))
  },
  decompose: (builder, inputs, attributes) => {
    const [p, labels, g, mask] = four(inputs)
    const axis = axisAttribute('cross_entropy_labels_gradient', attributes, 'axis')
    const hot = builder.add('one_hot', [labels], { axis, size: sizeOf(p.type, axis) })
    const target = mask === undefined ? hot : where(builder, mask, hot)
    const expected = builder.add('multiply', [p, sumOver(builder, target, [axis])])
    return builder.add('multiply', [g, builder.add('subtract', [expected, target])])
  },
  evaluate: (inputs, attributes, type, environment) => {
    const [p, labels, g, mask] = four(inputs)
    const all = together([p, labels, g, mask], environment)
    const [share = p.value.data, label = labels.value.data, up = g.value.data, live] = all.columns
    const result = zeros(type, environment)
    const axis = axisIndex(all.type, axisAttribute('cross_entropy_labels_gradient', attributes, 'axis'))
    eachLane(all.shape, axis, (start, stride, length) => {
      const wanted = at(label, start)
      if (wanted < 0 || wanted >= length) return
      if (live !== undefined && at(live, start + wanted * stride) === 0) return
      for (let i = 0; i < length; i++) {
        const k = start + i * stride
        result.data[k] = at(up, k) * (at(share, k) - (i === wanted ? 1 : 0))
      }
    })
    return result
  },
}

function four<T>(inputs: readonly T[]): [T, T, T, T | undefined] {
  const [p, labels, g, mask] = inputs
  if (p === undefined || labels === undefined || g === undefined || inputs.length > 4) {
    throw new GraphError(
      `cross_entropy_labels_gradient: takes 3 inputs and perhaps a mask, not ${inputs.length}`,
    )
  }
  return [p, labels, g, mask]
}
