import type { OpDefinition } from '../graph.ts'
import { farBelow } from './softmax.ts'
import { overLanes } from './support/distributions.ts'
import { axisAttribute, takeMasked } from './support/inputs.ts'
import { sumOver, where } from './support/nodes.ts'

/**
 * x - log(sum(exp(x))) along an axis{axis}, the sum over entries where the mask is true; 0 at the others,
 * which pass no gradient.
 *   (C1) x, f32, and perhaps a mask, bool  (C2) x has the axis  (C3) the mask has only axes of x
 * Gradient: log_softmax_gradient(softmax(x), g), with g 0 at masked entries.
 */
export const log_softmax: OpDefinition = {
  name: 'log_softmax',
  ...overLanes('log_softmax', 'logs'),
  vjp: (builder, node, cotangent) => {
    const [, mask] = takeMasked('log_softmax', node.inputs, 1)
    const up = mask === undefined ? cotangent : where(builder, mask, cotangent)
    const attributes = { axis: axisAttribute('log_softmax', node.attributes, 'axis') }
    const shares = builder.add('softmax', node.inputs, attributes)
    return [builder.add('log_softmax_gradient', [shares, up], attributes)]
  },
  decompose: (builder, inputs, attributes) => {
    const [x, mask] = takeMasked('log_softmax', inputs, 1)
    const axis = axisAttribute('log_softmax', attributes, 'axis')
    const low = mask === undefined ? x : builder.add('select', [mask, x, builder.constant(farBelow)])
    const lowered = builder.add('subtract', [low, builder.add('max', [low], { axis })])
    const total = sumOver(builder, builder.add('exp', [lowered]), [axis])
    const logs = builder.add('subtract', [lowered, builder.add('log', [total])])
    return mask === undefined ? logs : where(builder, mask, logs)
  },
}
