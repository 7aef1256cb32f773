import type { Axis, OpDefinition } from '../graph.ts'
import { tensorType } from '../type.ts'
import { axisAttribute, requireAxis, requireNoAxis, take } from './support/inputs.ts'
import { rename as renamed } from './support/nodes.ts'
import { gather, stridesAlong, zeros } from './support/values.ts'

/**
 * An axis under another name{from, to}; dimensions stay in canonical order, so elements move only where that
 * order changes.
 *   (C1) one input  (C2) with axis `from`  (C3) without axis `to`
 */
export const rename: OpDefinition = {
  name: 'rename',
  infer: (inputs, attributes) => {
    const [x] = take('rename', inputs, 1)
    const from = axisAttribute('rename', attributes, 'from')
    const to = axisAttribute('rename', attributes, 'to')
    requireAxis('rename', x, from)
    requireNoAxis('rename', x, to)
    return tensorType(
      x.dtype,
      x.dimensions.map(({ axis, size }) => ({ axis: axis === from ? to : axis, size })),
    )
  },
  vjp: (builder, { attributes }, cotangent) => [
    renamed(
      builder,
      cotangent,
      axisAttribute('rename', attributes, 'to'),
      axisAttribute('rename', attributes, 'from'),
    ),
  ],
  evaluate: (inputs, attributes, type, environment) => {
    const [x] = take('rename', inputs, 1)
    const from = axisAttribute('rename', attributes, 'from')
    const to = axisAttribute('rename', attributes, 'to')
    const before: Axis[] = type.dimensions.map((d) => (d.axis === to ? from : d.axis))
    const { shape } = zeros(type, environment)
    return { shape, data: gather(x.value.data, shape, stridesAlong(x, before)) }
  },
}
