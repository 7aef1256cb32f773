import { type Attributes, GraphError, type OpDefinition } from '../graph.ts'
import { gelu } from './gelu.ts'
import { gelu_tanh } from './gelu_tanh.ts'
import { linear } from './linear.ts'
import { relu } from './relu.ts'
import { textAttribute } from './support/inputs.ts'

const activations: { readonly [name: string]: OpDefinition } = { gelu, gelu_tanh, relu }

/**
 * activation(x W^T + b) over the axis unit{out: unit | class, precision?, activation: gelu | gelu_tanh |
 * relu}: `linear` and what is done with each of its elements. Only
 * passes introduce it, after differentiation, so it has no vjp.
 *   (C1) inputs and `out` as linear asks for them  (C2) activation is one of these
 */
export const linear_activation: OpDefinition = {
  name: 'linear_activation',
  infer: (inputs, attributes) => {
    activationOf(attributes)
    return linear.infer(inputs, attributes)
  },
  decompose: (builder, inputs, attributes) => {
    const { activation = null, ...rest } = attributes
    return builder.add(String(activation), [builder.add('linear', inputs, rest)])
  },
  evaluate: (inputs, attributes, type, environment) => {
    const value = linear.evaluate(inputs, attributes, type, environment)
    return activationOf(attributes).evaluate([{ value, type }], {}, type, environment)
  },
}

function activationOf(attributes: Attributes): OpDefinition {
  const name = textAttribute('linear_activation', attributes, 'activation')
  const found = Object.hasOwn(activations, name) ? activations[name] : undefined
  if (found === undefined) throw new GraphError(`linear_activation: no activation ${name}`)
  return found
}
