import { unary } from './support/elementwise.ts'
import { take } from './support/inputs.ts'

/** x^2; gradient 2 x g. */
export const square = unary({
  name: 'square',
  apply: (x) => x * x,
  vjp: (builder, node, cotangent) => {
    const [x] = take(node.op, node.inputs, 1)
    // The cotangent of a mean is one number for all entries: doubled first, it costs one pass over x, not
    // two.
    const twice = builder.add('multiply', [cotangent, builder.constant(2)])
    return [builder.add('multiply', [twice, x])]
  },
  decompose: (builder, inputs) => {
    const [x] = take('square', inputs, 1)
    return builder.add('multiply', [x, x])
  },
})
