import { unary } from './support/elementwise.ts'
import { take } from './support/inputs.ts'
import { where } from './support/nodes.ts'

/** max(x, 0); gradient g where x > 0, so 0 at 0. */
export const relu = unary({
  name: 'relu',
  apply: (x) => Math.max(x, 0),
  vjp: (builder, node, cotangent) => {
    const [x] = take(node.op, node.inputs, 1)
    return [where(builder, builder.add('greater', [x, builder.constant(0)]), cotangent)]
  },
  decompose: (builder, inputs) => builder.add('maximum', [...take('relu', inputs, 1), builder.constant(0)]),
})
