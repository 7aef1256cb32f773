import { type Attributes, GraphError, type OpDefinition } from '../graph.ts'
import { equalTypes, printType } from '../type.ts'
import { contract } from './contract.ts'
import { gelu_gradient } from './gelu_gradient.ts'
import { gelu_tanh_gradient } from './gelu_tanh_gradient.ts'
import { take, textAttribute } from './support/inputs.ts'

const gradients: { readonly [name: string]: OpDefinition } = {
  gelu: gelu_gradient,
  gelu_tanh: gelu_tanh_gradient,
}

/**
 * f'(x) times the product of a and b{left, right, sum, precision?, activation: gelu | gelu_tanh}: the backward pass through y = f(x) ==> linear, where the product is the cotangent
 * of y. Inputs a, b, x. Only passes introduce it, so it has no vjp.
 *   (C1) a, b and labels as contract asks for them  (C2) x, f32, has the type of the product  (C3) activation is one of these
 */
export const contract_activation_gradient: OpDefinition = {
  name: 'contract_activation_gradient',
  infer: (inputs, attributes) => {
    const [a, b, x] = take('contract_activation_gradient', inputs, 3)
    gradientOf(attributes)
    const product = contract.infer([a, b], attributes)
    if (!equalTypes(product, x)) {
      throw new GraphError(
        `contract_activation_gradient: ${printType(product)} does not belong to ${printType(x)}`,
      )
    }
    return product
  },
  decompose: (builder, inputs, attributes) => {
    const [a, b, x] = take('contract_activation_gradient', inputs, 3)
    const { activation = null, ...rest } = attributes
    return builder.add(`${String(activation)}_gradient`, [x, builder.add('contract', [a, b], rest)])
  },
  evaluate: (inputs, attributes, type, environment) => {
    const [a, b, x] = take('contract_activation_gradient', inputs, 3)
    const value = contract.evaluate([a, b], attributes, type, environment)
    return gradientOf(attributes).evaluate([x, { value, type }], {}, type, environment)
  },
}

function gradientOf(attributes: Attributes): OpDefinition {
  const name = textAttribute('contract_activation_gradient', attributes, 'activation')
  const found = Object.hasOwn(gradients, name) ? gradients[name] : undefined
  if (found === undefined) throw new GraphError(`contract_activation_gradient: no activation ${name}`)
  return found
}
