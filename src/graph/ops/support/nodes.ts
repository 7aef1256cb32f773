/** Small compositions that vjps and decompositions share. */
import type { Axis, Dimension, DType, GraphBuilder, Node } from '../../graph.ts'
import { dimensionsAttribute, unionDimensions, withoutAxes } from '../../type.ts'

/** condition ? a : 0. The only way in which a gradient is masked: 0 * infinity is NaN, a choice is not. */
export function where(builder: GraphBuilder, condition: Node, a: Node): Node {
  return builder.add('select', [condition, a, builder.constant(0)])
}

export function castTo(builder: GraphBuilder, x: Node, dtype: DType): Node {
  return x.type.dtype === dtype ? x : builder.add('cast', [x], { dtype })
}

export function sumOver(builder: GraphBuilder, x: Node, axes: readonly Axis[]): Node {
  return axes.length === 0 ? x : builder.add('sum', [x], { axes })
}

export function rename(builder: GraphBuilder, x: Node, from: Axis, to: Axis): Node {
  return from === to ? x : builder.add('rename', [x], { from, to })
}

/** x repeated along those dimensions that it lacks. */
export function broadcastTo(builder: GraphBuilder, x: Node, dimensions: readonly Dimension[]): Node {
  const added = withoutAxes(
    dimensions,
    x.type.dimensions.map((d) => d.axis),
  )
  return added.length === 0 ? x : builder.add('broadcast', [x], { dimensions: dimensionsAttribute(added) })
}

/** x with all axes of the mask, as softmax requires. */
export function covering(builder: GraphBuilder, x: Node, mask: Node | undefined): Node {
  if (mask === undefined) return x
  return broadcastTo(builder, x, unionDimensions(x.type.dimensions, mask.type.dimensions))
}

/** The inputs, with the mask last if there is one. */
export function withMask(inputs: readonly Node[], mask: Node | undefined): readonly Node[] {
  return mask === undefined ? inputs : [...inputs, mask]
}

/** softmax, or log_softmax, of x with a mask that may have axes of its own. */
export function maskedSoftmax(
  builder: GraphBuilder,
  op: 'softmax' | 'log_softmax',
  x: Node,
  mask: Node | undefined,
  axis: Axis,
): Node {
  return builder.add(op, withMask([covering(builder, x, mask)], mask), { axis })
}
