import { GraphError, type OpDefinition } from '../graph.ts'
import { axisIndex, equalTypes, printType } from '../type.ts'
import { meanOverUnits, moments, requireStandardizable } from './standardize.ts'
import { numberAttribute, take } from './support/inputs.ts'
import { meanOf, standardizedLane } from './support/moments.ts'
import { at, eachLane, zeros } from './support/values.ts'

/**
 * (g - mean(g) - y mean(g y)) / sqrt(variance + epsilon), y = standardize(x){epsilon} (Ba, Kiros and Hinton
 * 2016; the two means are what x's own mean and
 * variance give back).
 *   (C1) two inputs, x and the cotangent g, of one type  (C2) as standardize
 */
export const standardize_gradient: OpDefinition = {
  name: 'standardize_gradient',
  infer: (inputs, attributes) => {
    const [x, g] = take('standardize_gradient', inputs, 2)
    const epsilon = numberAttribute('standardize_gradient', attributes, 'epsilon')
    requireStandardizable('standardize_gradient', x, epsilon)
    if (!equalTypes(x, g)) {
      throw new GraphError(`standardize_gradient: ${printType(g)} does not belong to ${printType(x)}`)
    }
    return x
  },
  decompose: (builder, inputs, attributes) => {
    const [x, g] = take('standardize_gradient', inputs, 2)
    const epsilon = numberAttribute('standardize_gradient', attributes, 'epsilon')
    const { centred, deviation } = moments(builder, x, epsilon)
    const y = builder.add('divide', [centred, deviation])
    const scale = meanOverUnits(builder, builder.add('multiply', [g, y]))
    const level = builder.add('subtract', [g, meanOverUnits(builder, g)])
    const rest = builder.add('subtract', [level, builder.add('multiply', [y, scale])])
    return builder.add('divide', [rest, deviation])
  },
  evaluate: (inputs, attributes, type, environment) => {
    const [x, g] = take('standardize_gradient', inputs, 2)
    const epsilon = numberAttribute('standardize_gradient', attributes, 'epsilon')
    const result = zeros(type, environment)
    eachLane(result.shape, axisIndex(type, 'unit'), (start, stride, length) => {
      const { values: y, deviation } = standardizedLane(x.value.data, start, stride, length, epsilon)
      const up = y.map((_, i) => at(g.value.data, start + i * stride))
      const level = meanOf(up)
      const scale = meanOf(up.map((value, i) => value * at(y, i)))
      up.forEach((value, i) => {
        result.data[start + i * stride] = (value - level - at(y, i) * scale) / deviation
      })
    })
    return result
  },
}
