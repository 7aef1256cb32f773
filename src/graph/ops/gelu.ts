import { unary } from './support/elementwise.ts'
import { normalBelow } from './support/erf.ts'
import { take } from './support/inputs.ts'

/**
 * x Phi(x), Phi the normal distribution function (Hendrycks and Gimpel 2016, eq. 1). Gradient: gelu_gradient.
 */
export const gelu = unary({
  name: 'gelu',
  apply: (x) => x * normalBelow(x),
  vjp: (builder, node, cotangent) => [
    builder.add('gelu_gradient', [...take(node.op, node.inputs, 1), cotangent]),
  ],
})
