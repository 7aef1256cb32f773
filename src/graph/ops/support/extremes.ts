/** Maximum and minimum: who gets the gradient. */
import type { GraphBuilder, Node, OpDefinition } from '../../graph.ts'
import { axisIndex, tensorType, withoutAxes } from '../../type.ts'
import { axisAttribute, requireAxis, requireDType, take } from './inputs.ts'
import { castTo, sumOver, where } from './nodes.ts'
import { at, eachLane, zeros } from './values.ts'

/** Gradients of the greater (or smaller, by `wins`) of two values; where they are equal, half to each. */
export function extremeGradients(
  builder: GraphBuilder,
  wins: 'greater' | 'less',
  [a, b]: readonly [Node, Node],
  cotangent: Node,
): readonly [Node, Node] {
  const half = builder.add('multiply', [cotangent, builder.constant(0.5)])
  const tie = where(builder, builder.add('equal', [a, b]), half)
  return [
    builder.add('select', [builder.add(wins, [a, b]), cotangent, tie]),
    builder.add('select', [builder.add(wins, [b, a]), cotangent, tie]),
  ]
}

/**
 * The greatest (or smallest) entry along an axis{axis}, which goes away.
 *   (C1) one input, f32 or i32  (C2) with the axis
 * Entries that are equally great share the gradient equally.
 */
export function extremeAlong(name: 'max' | 'min', choose: (a: number, b: number) => number): OpDefinition {
  return {
    name,
    infer: (inputs, attributes) => {
      const [x] = take(name, inputs, 1)
      requireDType(name, 'its input', x, ['f32', 'i32'])
      const { axis } = requireAxis(name, x, axisAttribute(name, attributes, 'axis'))
      return tensorType(x.dtype, withoutAxes(x.dimensions, [axis]))
    },
    vjp: (builder, node, cotangent) => {
      const [x] = take(node.op, node.inputs, 1)
      const hit = builder.add('equal', [x, node])
      const hits = sumOver(builder, castTo(builder, hit, 'f32'), [
        axisAttribute(name, node.attributes, 'axis'),
      ])
      return [where(builder, hit, builder.add('divide', [cotangent, hits]))]
    },
    evaluate: (inputs, attributes, type, environment) => {
      const [x] = take(name, inputs, 1)
      const result = zeros(type, environment)
      const axis = axisIndex(x.type, axisAttribute(name, attributes, 'axis'))
      eachLane(x.value.shape, axis, (start, stride, length, lane) => {
        let best = at(x.value.data, start)
        for (let i = 1; i < length; i++) best = choose(best, at(x.value.data, start + i * stride))
        result.data[lane] = best
      })
      return result
    },
  }
}
