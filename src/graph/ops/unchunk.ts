import type { OpDefinition } from '../graph.ts'
import { axisIndex, tensorType, wholeOf } from '../type.ts'
import { chunkOf, resized } from './support/chunks.ts'
import { requireAxis, requireReal, take } from './support/inputs.ts'
import { at, eachLane, zeros } from './support/values.ts'

/**
 * One of the even parts of an axis{axis, index, count} at its place, zeros in the others: the transpose of
 * chunk, which is its gradient.
 *   (C1) one input, f32  (C2) that has the axis  (C3) 0 <= index < count  (C4) its size is a number, or a share of positions that count of them make whole
 */
export const unchunk: OpDefinition = {
  name: 'unchunk',
  infer: (inputs, attributes) => {
    const [x] = take('unchunk', inputs, 1)
    const { axis, count } = chunkOf('unchunk', attributes)
    requireReal('unchunk', 'its input', x)
    requireAxis('unchunk', x, axis)
    return tensorType(
      'f32',
      resized(x.dimensions, axis, (size) => wholeOf(size, count)),
    )
  },
  vjp: (builder, node, cotangent) => [builder.add('chunk', [cotangent], node.attributes)],
  evaluate: (inputs, attributes, type, environment) => {
    const [x] = take('unchunk', inputs, 1)
    const { axis, index } = chunkOf('unchunk', attributes)
    const k = axisIndex(type, axis)
    const length = at(x.value.shape, k)
    const result = zeros(type, environment)
    const starts: number[] = []
    eachLane(x.value.shape, k, (start) => starts.push(start))
    eachLane(result.shape, k, (start, stride, _whole, lane) => {
      for (let i = 0; i < length; i++)
        result.data[start + (index * length + i) * stride] = at(x.value.data, at(starts, lane) + i * stride)
    })
    return result
  },
}
