import { binary } from './support/elementwise.ts'

/** a - b. */
export const subtract = binary({
  name: 'subtract',
  dtypes: ['f32', 'i32'],
  apply: (a, b) => a - b,
  vjp: (builder, _node, cotangent) => [cotangent, builder.add('negate', [cotangent])],
})
