import { GraphError, type OpDefinition } from '../graph.ts'
import { printType, tensorType, unionDimensions } from '../type.ts'
import { choose } from './support/elementwise.ts'
import { requireDType, take } from './support/inputs.ts'
import { where } from './support/nodes.ts'

/**
 * condition ? a : b, aligned by name; the result has the axes of all three. What is not chosen gets gradient
 * 0, whatever its value (also infinity or NaN).
 *   (C1) three inputs  (C2) the first bool  (C3) the others of one dtype  (C4) shared axes have one size
 */
export const select: OpDefinition = {
  name: 'select',
  infer: (inputs) => {
    const [condition, a, b] = take('select', inputs, 3)
    requireDType('select', 'the condition', condition, ['bool'])
    if (a.dtype !== b.dtype) throw new GraphError(`select: between ${printType(a)} and ${printType(b)}`)
    return tensorType(a.dtype, unionDimensions(condition.dimensions, a.dimensions, b.dimensions))
  },
  vjp: (builder, node, cotangent) => {
    const [condition] = take(node.op, node.inputs, 3)
    return [
      undefined,
      where(builder, condition, cotangent),
      builder.add('select', [condition, builder.constant(0), cotangent]),
    ]
  },
  evaluate: (inputs, _attributes, type, environment) => choose(take('select', inputs, 3), type, environment),
}
