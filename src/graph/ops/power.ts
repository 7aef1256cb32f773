import type { GraphBuilder, Node } from '../graph.ts'
import { constantValue } from '../leaf.ts'
import { binary } from './support/elementwise.ts'
import { take } from './support/inputs.ts'
import { where } from './support/nodes.ts'

/**
 * a^b. The gradient of the base is g b a^(b-1), and 0 where a is 0, unless b is a constant of at least 1. The
 * gradient of the exponent is g y log(a), and 0 where a is not positive, where the logarithm has no value.
 */
export const power = binary({
  name: 'power',
  apply: (a, b) => a ** b,
  vjp: (builder, node, cotangent) => {
    const [a, b] = take(node.op, node.inputs, 2)
    const exponent = constantValue(b)
    if (exponent !== undefined) return [constantExponent(builder, a, exponent, cotangent), undefined]
    const lower = builder.add('power', [a, builder.add('subtract', [b, builder.constant(1)])])
    const base = builder.add('multiply', [cotangent, builder.add('multiply', [b, lower])])
    const slope = builder.add('multiply', [node, builder.add('log', [a])])
    return [
      where(builder, builder.add('not_equal', [a, builder.constant(0)]), base),
      where(
        builder,
        builder.add('greater', [a, builder.constant(0)]),
        builder.add('multiply', [cotangent, slope]),
      ),
    ]
  },
})

function constantExponent(
  builder: GraphBuilder,
  a: Node,
  exponent: number,
  cotangent: Node,
): Node | undefined {
  if (exponent === 0) return undefined
  if (exponent === 1) return cotangent
  const lower = exponent === 2 ? a : builder.add('power', [a, builder.constant(exponent - 1)])
  const slope = builder.add('multiply', [lower, builder.constant(exponent)])
  const product = builder.add('multiply', [cotangent, slope])
  return exponent > 1 ? product : where(builder, builder.add('not_equal', [a, builder.constant(0)]), product)
}
