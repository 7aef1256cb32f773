/**
 * Live positions as boolean masks, and counts of them. Whatever mixes positions sees live ones only
 * (semantics.md, "Padding"), so every mask of a graph is made here, once for each kind.
 */
import type { Live, TermAxis } from '../check/tensor-term.ts'
import type { Axis, Dimension, GraphBuilder, Node, Size } from '../graph/graph.ts'

const example: Dimension = { axis: 'example', size: 'B' }
const token: Dimension = { axis: 'token', size: 'L' }

export function isPosition(axis: Axis): axis is 'token' | "token'" {
  return axis === 'token' || axis === "token'"
}

/** bool[example, token] (or token'), true where a position counts; undefined where all do. */
export function liveMask(builder: GraphBuilder, live: Live | undefined, axis: Axis): Node | undefined {
  if (live === undefined || live === 'any' || !isPosition(axis)) return undefined
  const input = (name: string) => builder.input(name, { dtype: 'bool', dimensions: [example, token] })
  const attended = input('attended')
  // Along token' there are two choices, attended and any: a masked token attends to unmasked ones too.
  const plain =
    live === 'attended' || axis === "token'" ? attended : builder.add('and', [attended, input(live)])
  return axis === 'token' ? plain : builder.add('rename', [plain], { from: 'token', to: "token'" })
}

/** A size as a scalar node: a constant, or the sum of ones along a symbolic axis. */
export function sizeOf(builder: GraphBuilder, axis: Axis, size: Size): Node {
  if (typeof size === 'number') return builder.constant(size)
  const ones = builder.add('broadcast', [builder.constant(1)], { dimensions: [{ axis, size }] })
  return builder.add('sum', [ones], { axes: [axis] })
}

/** Number of live positions of `axis`: [example] for a masked token axis, otherwise a scalar. */
export function liveCount(builder: GraphBuilder, live: Live | undefined, axis: Axis, size: Size): Node {
  const mask = liveMask(builder, live, axis)
  if (!mask) return sizeOf(builder, axis, size)
  return builder.add('sum', [builder.add('cast', [mask], { dtype: 'f32' })], { axes: [axis] })
}

/** `x` with zeros where the mask is false: a selection, not a product, so that no infinity leaks in. */
export function zeroDead(builder: GraphBuilder, x: Node, mask: Node | undefined): Node {
  return mask ? builder.add('select', [mask, x, builder.constant(0)]) : x
}

export function dimensionsOf(axes: readonly TermAxis[]): Dimension[] {
  return axes.map(({ axis, size }) => ({ axis, size }))
}
