import { unary } from './support/elementwise.ts'

/** -x. */
export const negate = unary({
  name: 'negate',
  dtypes: ['f32', 'i32'],
  apply: (x) => -x,
  vjp: (builder, _node, cotangent) => [builder.add('negate', [cotangent])],
})
