import type { OpDefinition } from '../graph.ts'
import { readDimensions, tensorType, unionDimensions } from '../type.ts'
import { take } from './support/inputs.ts'
import { aligned, zeros } from './support/values.ts'

/**
 * The input repeated along dimensions{dimensions} that it lacks; those that it has may be listed, too.
 *   (C1) one input  (C2) listed axes that it has are of its size
 */
export const broadcast: OpDefinition = {
  name: 'broadcast',
  infer: (inputs, attributes) => {
    const [x] = take('broadcast', inputs, 1)
    return tensorType(x.dtype, unionDimensions(x.dimensions, readDimensions(attributes.dimensions)))
  },
  vjp: (_builder, _node, cotangent) => [cotangent],
  evaluate: (inputs, _attributes, type, environment) => {
    const { shape } = zeros(type, environment)
    return { shape, data: aligned(take('broadcast', inputs, 1)[0], type.dimensions, shape) }
  },
}
