import type { OpDefinition } from '../graph.ts'
import { overLanes } from './support/distributions.ts'
import { axisAttribute, takeMasked } from './support/inputs.ts'
import { sumOver, where } from './support/nodes.ts'

/** Stands for minus infinity in float32 without making NaN of a difference. */
export const farBelow = -1e30

/**
 * exp(x) / sum(exp(x)) along an axis{axis}, over entries where the mask is true; 0 at the others, and in a
 * lane with none.
 *   (C1) x, f32, and perhaps a mask, bool  (C2) x has the axis  (C3) the mask has only axes of x
 * Gradient: softmax_gradient.
 */
export const softmax: OpDefinition = {
  name: 'softmax',
  ...overLanes('softmax', 'shares'),
  vjp: (builder, node, cotangent) => [
    builder.add('softmax_gradient', [node, cotangent], {
      axis: axisAttribute('softmax', node.attributes, 'axis'),
    }),
  ],
  decompose: (builder, inputs, attributes) => {
    const [x, mask] = takeMasked('softmax', inputs, 1)
    const axis = axisAttribute('softmax', attributes, 'axis')
    const low = mask === undefined ? x : builder.add('select', [mask, x, builder.constant(farBelow)])
    const powers = builder.add('exp', [builder.add('subtract', [low, builder.add('max', [low], { axis })])])
    if (mask === undefined) return builder.add('divide', [powers, sumOver(builder, powers, [axis])])
    const live = where(builder, mask, powers)
    const total = sumOver(builder, live, [axis])
    const some = builder.add('greater', [total, builder.constant(0)])
    return builder.add('divide', [live, builder.add('select', [some, total, builder.constant(1)])])
  },
}
