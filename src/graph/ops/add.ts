import { binary } from './support/elementwise.ts'

/** a + b. */
export const add = binary({
  name: 'add',
  dtypes: ['f32', 'i32'],
  apply: (a, b) => a + b,
  vjp: (_builder, _node, cotangent) => [cotangent, cotangent],
})
