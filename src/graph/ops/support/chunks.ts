/** Equal parts of an axis, as attributes of ops define them. */
import { type Attributes, type Axis, type Dimension, GraphError, type Size } from '../../graph.ts'
import { axisAttribute, integerAttribute } from './inputs.ts'

/** Which of how many even parts of an axis. */
interface Chunk {
  readonly axis: Axis
  readonly index: number
  readonly count: number
}

/** The attributes axis, index and count. Throws GraphError for an index outside 0 .. count - 1. */
export function chunkOf(op: string, attributes: Attributes): Chunk {
  const axis = axisAttribute(op, attributes, 'axis')
  const count = integerAttribute(op, attributes, 'count', 1)
  const index = integerAttribute(op, attributes, 'index')
  if (index >= count) throw new GraphError(`${op}: there is no chunk ${index} of ${count}`)
  return { axis, index, count }
}

/** Dimensions with one axis of another size. */
export function resized(
  dimensions: readonly Dimension[],
  axis: Axis,
  change: (size: Size) => Size,
): readonly Dimension[] {
  return dimensions.map((d) => (d.axis === axis ? { axis, size: change(d.size) } : d))
}
