import type { OpDefinition } from '../graph.ts'
import { axisIndex, tensorType } from '../type.ts'
import { axisAttribute, requireDType, requireNoAxis, sizeAttribute, take } from './support/inputs.ts'
import { at, eachLane, zeros } from './support/values.ts'

/**
 * 1 at entry ids[..] of a new axis{axis, size}, 0 elsewhere; an id outside 0 .. size - 1 gives 0 only. Not
 * differentiable: ids are integers.
 *   (C1) one input, i32  (C2) without the axis
 */
export const one_hot: OpDefinition = {
  name: 'one_hot',
  infer: (inputs, attributes) => {
    const [ids] = take('one_hot', inputs, 1)
    const axis = axisAttribute('one_hot', attributes, 'axis')
    requireDType('one_hot', 'ids', ids, ['i32'])
    requireNoAxis('one_hot', ids, axis)
    return tensorType('f32', [
      ...ids.dimensions,
      { axis, size: sizeAttribute('one_hot', attributes, 'size') },
    ])
  },
  evaluate: (inputs, attributes, type, environment) => {
    const [ids] = take('one_hot', inputs, 1)
    const result = zeros(type, environment)
    const axis = axisIndex(type, axisAttribute('one_hot', attributes, 'axis'))
    eachLane(result.shape, axis, (start, stride, length, lane) => {
      const id = at(ids.value.data, lane)
      if (id >= 0 && id < length) result.data[start + id * stride] = 1
    })
    return result
  },
}
