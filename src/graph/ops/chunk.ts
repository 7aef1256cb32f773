import type { OpDefinition } from '../graph.ts'
import { axisIndex, shareOf, tensorType } from '../type.ts'
import { chunkOf, resized } from './support/chunks.ts'
import { requireAxis, take } from './support/inputs.ts'
import { at, gather, stridesOf, zeros } from './support/values.ts'

/**
 * One of the even parts of an axis{axis, index, count}: entries index n .. (index + 1) n - 1 with n = size /
 * count. The axis may have a symbol for its size,
 * where every size that it stands for comes out even. Gradient: unchunk, the transpose.
 *   (C1) one input  (C2) that has the axis  (C3) 0 <= index < count  (C4) its size is a number that count divides, or a number of positions
 */
export const chunk: OpDefinition = {
  name: 'chunk',
  infer: (inputs, attributes) => {
    const [x] = take('chunk', inputs, 1)
    const { axis, count } = chunkOf('chunk', attributes)
    requireAxis('chunk', x, axis)
    return tensorType(
      x.dtype,
      resized(x.dimensions, axis, (size) => shareOf(size, count)),
    )
  },
  vjp: (builder, node, cotangent) => [builder.add('unchunk', [cotangent], node.attributes)],
  evaluate: (inputs, attributes, type, environment) => {
    const [x] = take('chunk', inputs, 1)
    const { axis, index } = chunkOf('chunk', attributes)
    const { shape } = zeros(type, environment)
    const k = axisIndex(type, axis)
    const strides = stridesOf(x.value.shape)
    return { shape, data: gather(x.value.data, shape, strides, index * at(shape, k) * at(strides, k)) }
  },
}
