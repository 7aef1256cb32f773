import { GraphError, type OpDefinition } from '../graph.ts'
import { axisIndex } from '../type.ts'
import { axisAttribute, numberAttribute, requireAxis, take } from './support/inputs.ts'
import { at, eachLane, zeros } from './support/values.ts'

/**
 * Entries moved along an axis{axis, by}, zeros (false) moving in: shift(x, 1)[t] = x[t - 1]. Gradient: shift
 * back.
 *   (C1) one input  (C2) with the axis  (C3) `by` is an integer
 */
export const shift: OpDefinition = {
  name: 'shift',
  infer: (inputs, attributes) => {
    const [x] = take('shift', inputs, 1)
    requireAxis('shift', x, axisAttribute('shift', attributes, 'axis'))
    const by = numberAttribute('shift', attributes, 'by')
    if (!Number.isInteger(by)) throw new GraphError(`shift: by ${by}, which is no integer`)
    return x
  },
  vjp: (builder, { attributes }, cotangent) => [
    builder.add('shift', [cotangent], {
      axis: axisAttribute('shift', attributes, 'axis'),
      by: 0 - numberAttribute('shift', attributes, 'by'),
    }),
  ],
  evaluate: (inputs, attributes, type, environment) => {
    const [x] = take('shift', inputs, 1)
    const by = numberAttribute('shift', attributes, 'by')
    const result = zeros(type, environment)
    const axis = axisIndex(type, axisAttribute('shift', attributes, 'axis'))
    eachLane(result.shape, axis, (start, stride, length) => {
      for (let i = 0; i < length; i++) {
        const from = i - by
        if (from >= 0 && from < length)
          result.data[start + i * stride] = at(x.value.data, start + from * stride)
      }
    })
    return result
  },
}
