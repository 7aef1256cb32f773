import { unary } from './support/elementwise.ts'

/** Hyperbolic tangent; gradient g (1 - y^2). */
export const tanh = unary({
  name: 'tanh',
  apply: Math.tanh,
  vjp: (builder, node, cotangent) => {
    const slope = builder.add('subtract', [builder.constant(1), builder.add('square', [node])])
    return [builder.add('multiply', [cotangent, slope])]
  },
})
