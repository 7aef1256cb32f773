import { constantValue } from '../leaf.ts'
import { binary } from './support/elementwise.ts'
import { take } from './support/inputs.ts'
import { where } from './support/nodes.ts'

/**
 * a / b; gradients g / b and -g a / b^2, both 0 where b is 0, where a masked position would otherwise give 0
 * / 0.
 */
export const divide = binary({
  name: 'divide',
  apply: (a, b) => a / b,
  vjp: (builder, node, cotangent) => {
    const [a, b] = take(node.op, node.inputs, 2)
    if (constantValue(b) !== undefined) return [builder.add('divide', [cotangent, b]), undefined]
    const live = builder.add('not_equal', [b, builder.constant(0)])
    const inverse = where(builder, live, builder.add('divide', [builder.constant(1), b]))
    const left = builder.add('multiply', [cotangent, inverse])
    const slope = builder.add('negate', [builder.add('multiply', [a, inverse])])
    return [left, builder.add('multiply', [left, slope])]
  },
})
