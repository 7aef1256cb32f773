import type { OpDefinition } from '../graph.ts'
import { axisAttribute, take } from './support/inputs.ts'
import { sumOver } from './support/nodes.ts'
import { shareGradient } from './support/share-gradients.ts'

/**
 * g - p sum(g) along an axis{axis}, p = softmax(x): the Jacobian of log softmax is I - 1 p^T. The caller
 * passes g = 0 at masked entries, where p is 0.
 */
export const log_softmax_gradient: OpDefinition = {
  ...shareGradient(
    'log_softmax_gradient',
    (_p, g) => g,
    (p, g, total) => g - p * total,
  ),
  decompose: (builder, inputs, attributes) => {
    const [p, g] = take('log_softmax_gradient', inputs, 2)
    const axis = axisAttribute('log_softmax_gradient', attributes, 'axis')
    const total = sumOver(builder, g, [axis])
    return builder.add('subtract', [g, builder.add('multiply', [p, total])])
  },
}
