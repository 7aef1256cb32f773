import { unary } from './support/elementwise.ts'
import { take } from './support/inputs.ts'
import { where } from './support/nodes.ts'

/** Natural logarithm; gradient g / x, and 0 at 0, where a masked position would otherwise give 0 / 0. */
export const log = unary({
  name: 'log',
  apply: Math.log,
  vjp: (builder, node, cotangent) => {
    const [x] = take(node.op, node.inputs, 1)
    const live = builder.add('not_equal', [x, builder.constant(0)])
    return [where(builder, live, builder.add('divide', [cotangent, x]))]
  },
})
