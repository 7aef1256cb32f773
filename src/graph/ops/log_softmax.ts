import type { OpDefinition } from '../graph.ts'
import { axisIndex } from '../type.ts'
import { farBelow } from './softmax.ts'
import { logSoftmaxLane } from './support/distributions.ts'
import { axisAttribute, requireAxis, requireMask, requireReal, takeMasked } from './support/inputs.ts'
import { sumOver, where } from './support/nodes.ts'
import { aligned, at, eachLane, zeros } from './support/values.ts'

/**
 * x - log(sum(exp(x))) along an axis{axis}, the sum over entries where the mask is true; 0 at the others, which pass no gradient.
 *   (C1) x, f32, and perhaps a mask, bool  (C2) x has the axis  (C3) the mask has only axes of x
 * Gradient: log_softmax_gradient(softmax(x), g), with g 0 at masked entries.
 */
export const log_softmax: OpDefinition = {
  name: 'log_softmax',
  infer: (inputs, attributes) => {
    const [x, mask] = takeMasked('log_softmax', inputs, 1)
    requireReal('log_softmax', 'its input', x)
    requireAxis('log_softmax', x, axisAttribute('log_softmax', attributes, 'axis'))
    requireMask('log_softmax', mask, x)
    return x
  },
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
  evaluate: (inputs, attributes, type, environment) => {
    const [x, mask] = takeMasked('log_softmax', inputs, 1)
    const result = zeros(type, environment)
    const live = mask === undefined ? undefined : aligned(mask, type.dimensions, result.shape)
    const axis = axisIndex(type, axisAttribute('log_softmax', attributes, 'axis'))
    eachLane(result.shape, axis, (start, stride, length) => {
      const { logs } = logSoftmaxLane(x.value.data, live, start, stride, length)
      for (let i = 0; i < length; i++) result.data[start + i * stride] = at(logs, i)
    })
    return result
  },
}
