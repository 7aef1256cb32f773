import { unary } from './support/elementwise.ts'
import { take } from './support/inputs.ts'

/** x^2; gradient 2 x g. */
export const square = unary({
  name: 'square',
  apply: (x) => x * x,
  vjp: (builder, node, cotangent) => {
    const twice = builder.add('multiply', [...take(node.op, node.inputs, 1), builder.constant(2)])
    return [builder.add('multiply', [cotangent, twice])]
  },
  decompose: (builder, inputs) => {
    const [x] = take('square', inputs, 1)
    return builder.add('multiply', [x, x])
  },
})
