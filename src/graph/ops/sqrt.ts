import { unary } from './support/elementwise.ts'
import { where } from './support/nodes.ts'

/** sqrt(x); gradient g / (2 y), and 0 at 0, where a masked position would otherwise give 0 / 0. */
export const sqrt = unary({
  name: 'sqrt',
  apply: Math.sqrt,
  vjp: (builder, node, cotangent) => {
    const slope = builder.add('divide', [cotangent, builder.add('multiply', [node, builder.constant(2)])])
    return [where(builder, builder.add('greater', [node, builder.constant(0)]), slope)]
  },
})
