import { type GraphBuilder, GraphError, type Node, type OpDefinition, type TensorType } from '../graph.ts'
import { axisIndex } from '../type.ts'
import { numberAttribute, requireNumber, requireReal, take } from './support/inputs.ts'
import { standardizedLane } from './support/moments.ts'
import { sumOver } from './support/nodes.ts'
import { eachLane, zeros } from './support/values.ts'

/**
 * (x - mean) / sqrt(variance + epsilon) over unit{epsilon}; the variance divides by the number of units.
 * Gradient: standardize_gradient.
 *   (C1) one input, f32  (C2) with axis unit, of a fixed size  (C3) epsilon is not negative
 */
export const standardize: OpDefinition = {
  name: 'standardize',
  infer: (inputs, attributes) => {
    const [x] = take('standardize', inputs, 1)
    requireStandardizable('standardize', x, numberAttribute('standardize', attributes, 'epsilon'))
    return x
  },
  vjp: (builder, node, cotangent) => [
    builder.add('standardize_gradient', [...take(node.op, node.inputs, 1), cotangent], node.attributes),
  ],
  decompose: (builder, inputs, attributes) => {
    const [x] = take('standardize', inputs, 1)
    const { centred, deviation } = moments(builder, x, numberAttribute('standardize', attributes, 'epsilon'))
    return builder.add('divide', [centred, deviation])
  },
  evaluate: (inputs, attributes, type, environment) => {
    const [x] = take('standardize', inputs, 1)
    const epsilon = numberAttribute('standardize', attributes, 'epsilon')
    const result = zeros(type, environment)
    eachLane(result.shape, axisIndex(type, 'unit'), (start, stride, length) => {
      const { values } = standardizedLane(x.value.data, start, stride, length, epsilon)
      values.forEach((value, i) => {
        result.data[start + i * stride] = value
      })
    })
    return result
  },
}

/** The requirements of standardize and layer_norm on x. */
export function requireStandardizable(op: string, x: TensorType, epsilon: number): void {
  requireReal(op, 'its input', x)
  requireNumber(op, x, 'unit')
  if (epsilon < 0) throw new GraphError(`${op}: epsilon ${epsilon} is negative`)
}

/** The mean over unit, x without it, and sqrt(variance + epsilon), as nodes. */
export function moments(builder: GraphBuilder, x: Node, epsilon: number): { centred: Node; deviation: Node } {
  const centred = builder.add('subtract', [x, meanOverUnits(builder, x)])
  const variance = meanOverUnits(builder, builder.add('square', [centred]))
  const raised = builder.add('add', [variance, builder.constant(epsilon)])
  return { centred, deviation: builder.add('sqrt', [raised]) }
}

export function meanOverUnits(builder: GraphBuilder, x: Node): Node {
  const share = builder.constant(1 / requireNumber('standardize', x.type, 'unit'))
  return builder.add('multiply', [sumOver(builder, x, ['unit']), share])
}
