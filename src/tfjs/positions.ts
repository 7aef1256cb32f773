/** Positions of a batch: rows taken from [example, token], and put back. A dead one is -1 - place. */
import type { Axis, Dimension } from '../graph/graph.ts'
import type { Tensor } from './call.ts'
import { type Extent, productOf } from './extent.ts'
import { axesOf, type Tracer } from './tracer.ts'
import { inputAt, type Rule } from './use.ts'

const leading: readonly Axis[] = ['example', 'token']
const isLeading = (axis: Axis): boolean => leading.includes(axis)

/** The place that a position is at, or stands for. */
function placesOf(tracer: Tracer, positions: Tensor): Tensor {
  const int = (value: number): Tensor =>
    tracer.call({ name: 'cast', dtype: 'int32' }, [tracer.number(value)], [], 'i32')
  const other = tracer.call({ name: 'sub' }, [int(-1), positions], positions.shape, 'i32')
  // Of p and -1 - p, one is not negative.
  return tracer.call({ name: 'maximum' }, [positions, other], positions.shape, 'i32')
}

/** Rows of live positions, zeros for dead ones. */
function liveOnly(tracer: Tracer, rows: Tensor, positions: Tensor): Tensor {
  const column = tracer.reshape(positions, [...positions.shape, ...rows.shape.slice(1).map(() => 1)])
  const zero = tracer.call({ name: 'cast', dtype: 'int32' }, [tracer.number(0)], [], 'i32')
  const isLive = tracer.call({ name: 'greaterEqual' }, [column, zero], column.shape, 'bool')
  if (rows.dtype === 'bool')
    return tracer.call({ name: 'logicalAnd' }, [isLive, rows], rows.shape, rows.dtype)
  return tracer.call({ name: 'where' }, [isLive, rows, tracer.number(0)], rows.shape, rows.dtype)
}

export const gatherPositions: Rule = (use) => {
  const { tracer, type, attributes } = use
  const x = inputAt(use, 0)
  const places = inputAt(use, 1).tensor
  const rest = axesOf(x.type).filter((axis) => !isLeading(axis))
  const restShape: Extent[] = x.type.dimensions.flatMap(({ axis, size }) => (isLeading(axis) ? [] : [size]))
  const both: readonly Dimension[] = [
    { axis: 'example', size: 'B' },
    { axis: 'token', size: 'L' },
  ]
  // An axis that it lacks is broadcast first, as all places count over both.
  const lacks = both.some(({ axis }) => !axesOf(x.type).includes(axis))
  const ordered = tracer.arranged(x.tensor, axesOf(x.type), [
    ...leading.filter((axis) => axesOf(x.type).includes(axis)),
    ...rest,
  ])
  const shape: Extent[] = ['B', 'L', ...restShape]
  const single = both.map(({ axis, size }): Extent => (axesOf(x.type).includes(axis) ? size : 1))
  const whole = lacks
    ? tracer.call(
        { name: 'broadcastTo', shape },
        [tracer.reshape(ordered, [...single, ...restShape])],
        shape,
        type.dtype,
      )
    : ordered
  const flat = tracer.merged(whole, [2, ...rest.map(() => 1)])
  const rows = tracer.call(
    { name: 'gather' },
    [flat, placesOf(tracer, places)],
    [...places.shape, ...restShape],
    type.dtype,
  )
  const live = attributes.dead === 'copy' ? rows : liveOnly(tracer, rows, places)
  return tracer.arranged(live, ['position', ...rest], axesOf(type))
}

export const scatterPositions: Rule = (use) => {
  const { tracer, type, attributes } = use
  const x = inputAt(use, 0)
  const places = inputAt(use, 1).tensor
  const rest = axesOf(x.type).filter((axis) => axis !== 'position')
  const rows = tracer.arranged(x.tensor, axesOf(x.type), ['position', ...rest])
  const live = attributes.dead === 'add' ? rows : liveOnly(tracer, rows, places)
  const column = tracer.reshape(placesOf(tracer, places), [...places.shape, 1])
  const restShape = rows.shape.slice(1)
  const flatShape = [productOf(['B', 'L']), ...restShape]
  const flat = tracer.call({ name: 'scatterND', shape: flatShape }, [column, live], flatShape, 'f32')
  const whole = tracer.reshape(flat, ['B', 'L', ...restShape])
  return tracer.arranged(whole, [...leading, ...rest], axesOf(type))
}
