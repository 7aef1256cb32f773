import type { OpDefinition } from '../graph.ts'
import { readDType, tensorType } from '../type.ts'
import { take } from './support/inputs.ts'

/**
 * Another dtype{dtype}: to i32 towards zero, to bool by "not 0", from bool 0 or 1.
 *   (C1) one input  (C2) attribute dtype: f32, i32 or bool
 * Only a cast from f32 to f32 passes a gradient.
 */
export const cast: OpDefinition = {
  name: 'cast',
  infer: (inputs, attributes) =>
    tensorType(readDType(attributes.dtype), take('cast', inputs, 1)[0].dimensions),
  vjp: (_builder, node, cotangent) => {
    const [x] = take(node.op, node.inputs, 1)
    return [x.type.dtype === 'f32' && node.type.dtype === 'f32' ? cotangent : undefined]
  },
  evaluate: (inputs, _attributes, type) => {
    const { shape, data } = take('cast', inputs, 1)[0].value
    if (type.dtype === 'f32') return { shape, data }
    return { shape, data: data.map(type.dtype === 'i32' ? Math.trunc : (x) => (x === 0 ? 0 : 1)) }
  },
}
