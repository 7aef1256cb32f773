import type { GraphBuilder, Node } from '../graph.ts'
import { unary } from './support/elementwise.ts'
import { take } from './support/inputs.ts'

export const geluTanhScale = Math.sqrt(2 / Math.PI)
export const geluTanhCubic = 0.044715

/** tanh(sqrt(2 / pi) (x + 0.044715 x^3)) as nodes. */
export function geluTanhInner(builder: GraphBuilder, x: Node): Node {
  const cubic = builder.add('multiply', [builder.add('square', [x]), builder.constant(geluTanhCubic)])
  const factor = builder.add('add', [cubic, builder.constant(1)])
  const argument = builder.add('multiply', [
    builder.add('multiply', [x, factor]),
    builder.constant(geluTanhScale),
  ])
  return builder.add('tanh', [argument])
}

/**
 * x/2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) (Hendrycks and Gimpel 2016, section 2). Gradient:
 * gelu_tanh_gradient.
 */
export const gelu_tanh = unary({
  name: 'gelu_tanh',
  apply: (x) => (x / 2) * (1 + Math.tanh(geluTanhScale * (x + geluTanhCubic * x ** 3))),
  vjp: (builder, node, cotangent) => [
    builder.add('gelu_tanh_gradient', [...take(node.op, node.inputs, 1), cotangent]),
  ],
  decompose: (builder, inputs) => {
    const [x] = take('gelu_tanh', inputs, 1)
    const share = builder.add('add', [geluTanhInner(builder, x), builder.constant(1)])
    return builder.add('multiply', [builder.add('multiply', [x, builder.constant(0.5)]), share])
  },
})
