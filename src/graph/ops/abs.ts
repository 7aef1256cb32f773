import { unary } from './support/elementwise.ts'
import { take } from './support/inputs.ts'

/** |x|; gradient g sign(x), so 0 at 0. */
export const abs = unary({
  name: 'abs',
  dtypes: ['f32', 'i32'],
  apply: Math.abs,
  vjp: (builder, node, cotangent) => [
    builder.add('multiply', [cotangent, builder.add('sign', take(node.op, node.inputs, 1))]),
  ],
  decompose: (builder, inputs) => {
    const [x] = take('abs', inputs, 1)
    return builder.add('maximum', [x, builder.add('negate', [x])])
  },
})
