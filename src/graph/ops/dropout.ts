import { type GraphBuilder, GraphError, type Node, type OpDefinition, type TensorType } from '../graph.ts'
import { equalDimensions, printType } from '../type.ts'
import { rateOf } from './support/dropout.ts'
import { requireDType, requireReal, take } from './support/inputs.ts'
import { at } from './support/values.ts'

/**
 * x times 1 / (1 - rate) where it is kept, times 0 elsewhere{rate}: the product with a `dropout_mask` of
 * which only the zeros are held. It is its own gradient. Only pass
 * narrow-dropout-masks introduces it, after differentiation, so it has no vjp.
 *   (C1) x f32 and booleans of the same dimensions  (C2) 0 <= rate < 1
 */
export const dropout: OpDefinition = {
  name: 'dropout',
  infer: (inputs, attributes) => {
    const [x, keep] = take('dropout', inputs, 2)
    requireReal('dropout', 'x', x)
    requireKept('dropout', keep, x)
    rateOf('dropout', attributes)
    return x
  },
  decompose: (builder, inputs, attributes) => {
    const [x, keep] = take('dropout', inputs, 2)
    return builder.add('multiply', [x, keptFactors(builder, keep, rateOf('dropout', attributes))])
  },
  evaluate: (inputs, attributes) => {
    const [x, keep] = take('dropout', inputs, 2)
    const factor = 1 / (1 - rateOf('dropout', attributes))
    const { shape, data } = x.value
    return { shape, data: data.map((value, i) => value * (at(keep.value.data, i) * factor)) }
  },
}

/** Throws GraphError if `keep` has no entry for each element of x. */
export function requireKept(op: string, keep: TensorType, x: TensorType): void {
  requireDType(op, 'what is kept', keep, ['bool'])
  if (!equalDimensions(keep.dimensions, x.dimensions))
    throw new GraphError(`${op}: ${printType(keep)} does not belong to ${printType(x)}`)
}

/** The factors that a mask has: 1 / (1 - rate) and 0. */
function keptFactors(builder: GraphBuilder, keep: Node, rate: number): Node {
  const ones = builder.add('cast', [keep], { dtype: 'f32' })
  return builder.add('multiply', [ones, builder.constant(1 / (1 - rate))])
}
