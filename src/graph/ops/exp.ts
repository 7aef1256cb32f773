import { unary } from './support/elementwise.ts'

/** e^x; gradient g y. */
export const exp = unary({
  name: 'exp',
  apply: Math.exp,
  vjp: (builder, node, cotangent) => [builder.add('multiply', [cotangent, node])],
})
