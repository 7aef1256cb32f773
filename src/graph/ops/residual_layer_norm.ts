import { GraphError, type OpDefinition } from '../graph.ts'
import { equalTypes, printType } from '../type.ts'
import { add } from './add.ts'
import { layer_norm } from './layer_norm.ts'
import { take } from './support/inputs.ts'

/**
 * layer_norm(x + y, scale, bias){epsilon}. Inputs x, y, scale, bias. Only passes introduce it, after
 * differentiation and where no gradient reads the sum, so it has no vjp.
 *   (C1) x and y are of one type  (C2) as layer_norm
 */
export const residual_layer_norm: OpDefinition = {
  name: 'residual_layer_norm',
  infer: (inputs, attributes) => {
    const [x, y, ...affine] = takeFour(inputs)
    if (!equalTypes(x, y)) {
      throw new GraphError(`residual_layer_norm: ${printType(y)} does not belong to ${printType(x)}`)
    }
    return layer_norm.infer([x, ...affine], attributes)
  },
  decompose: (builder, inputs, attributes) => {
    const [x, y, ...affine] = takeFour(inputs)
    return builder.add('layer_norm', [builder.add('add', [x, y]), ...affine], attributes)
  },
  evaluate: (inputs, attributes, type, environment) => {
    const [x, y, ...affine] = takeFour(inputs)
    const value = add.evaluate([x, y], {}, type, environment)
    return layer_norm.evaluate([{ value, type }, ...affine], attributes, type, environment)
  },
}

function takeFour<T>(inputs: readonly T[]): [T, T, T, T] {
  const [scale, bias] = take('residual_layer_norm', inputs.slice(2), 2)
  return [...take('residual_layer_norm', inputs.slice(0, 2), 2), scale, bias]
}
