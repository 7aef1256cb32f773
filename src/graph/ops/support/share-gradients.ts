/** softmax_gradient and log_softmax_gradient: their common requirements, and their lanes. */
import { GraphError, type OpDefinition } from '../../graph.ts'
import { axisIndex, equalTypes, printType } from '../../type.ts'
import { axisAttribute, requireAxis, requireReal, take } from './inputs.ts'
import { at, eachLane, zeros } from './values.ts'

/**
 * An op of shares p = softmax(x) and a cotangent g along an axis{axis}; `entry` gives an entry's value from
 * p, g and the lane's sum of `summand`.
 *   (C1) two inputs of one type, f32  (C2) with the axis
 */
export function shareGradient(
  name: string,
  summand: (p: number, g: number) => number,
  entry: (p: number, g: number, total: number) => number,
): Pick<OpDefinition, 'name' | 'infer' | 'evaluate'> {
  return {
    name,
    infer: (inputs, attributes) => {
      const [p, g] = take(name, inputs, 2)
      requireReal(name, 'its input', p)
      requireAxis(name, p, axisAttribute(name, attributes, 'axis'))
      if (!equalTypes(p, g))
        throw new GraphError(`${name}: ${printType(g)} does not belong to ${printType(p)}`)
      return p
    },
    evaluate: (inputs, attributes, type, environment) => {
      const [p, g] = take(name, inputs, 2)
      const result = zeros(type, environment)
      const axis = axisIndex(type, axisAttribute(name, attributes, 'axis'))
      eachLane(result.shape, axis, (start, stride, length) => {
        let total = 0
        for (let i = start; i < start + length * stride; i += stride) {
          total += summand(at(p.value.data, i), at(g.value.data, i))
        }
        for (let i = start; i < start + length * stride; i += stride) {
          result.data[i] = entry(at(p.value.data, i), at(g.value.data, i), total)
        }
      })
      return result
    },
  }
}
