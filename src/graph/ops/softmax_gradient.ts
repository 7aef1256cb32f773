import type { OpDefinition } from '../graph.ts'
import { axisAttribute, take } from './support/inputs.ts'
import { sumOver } from './support/nodes.ts'
import { shareGradient } from './support/share-gradients.ts'

/**
 * y (g - sum(y g)) along an axis{axis}, y = softmax(x): the product of g with softmax's Jacobian diag(y) - y
 * y^T. Masked entries have y = 0, so get 0.
 */
export const softmax_gradient: OpDefinition = {
  ...shareGradient(
    'softmax_gradient',
    (y, g) => y * g,
    (y, g, total) => y * (g - total),
  ),
  decompose: (builder, inputs, attributes) => {
    const [y, g] = take('softmax_gradient', inputs, 2)
    const axis = axisAttribute('softmax_gradient', attributes, 'axis')
    const total = sumOver(builder, builder.add('multiply', [y, g]), [axis])
    return builder.add('multiply', [y, builder.add('subtract', [g, total])])
  },
}
