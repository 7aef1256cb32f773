import { binary } from './support/elementwise.ts'
import { take } from './support/inputs.ts'

/** a b; gradients g b and g a. */
export const multiply = binary({
  name: 'multiply',
  dtypes: ['f32', 'i32'],
  apply: (a, b) => a * b,
  vjp: (builder, node, cotangent) => {
    const [a, b] = take(node.op, node.inputs, 2)
    return [builder.add('multiply', [cotangent, b]), builder.add('multiply', [cotangent, a])]
  },
})
