/** Products, tables and one-hot rows as `tf.matMul`, `tf.gather`, `tf.scatterND` and `tf.oneHot`. */
import { type Axis, type Dimension, GraphError, type Size } from '../graph/graph.ts'
import { axesAttribute, axisAttribute, optionalInteger, sizeAttribute } from '../graph/ops/support/inputs.ts'
import { precisionOf } from '../graph/precision.ts'
import type { Tensor } from './call.ts'
import { type Extent, productOf } from './extent.ts'

import { axesOf, shapeOf, type Tracer } from './tracer.ts'
import { inputAt, type Rule, type Use } from './use.ts'

/** An operand of a product: a label for each of its dimensions. */
interface Labelled {
  readonly tensor: Tensor
  readonly labels: readonly Axis[]
  readonly sizes: readonly Size[]
}

function labelled(use: Use, index: number, labels: readonly Axis[]): Labelled {
  const { tensor, type } = inputAt(use, index)
  return { tensor, labels, sizes: type.dimensions.map(({ size }) => size) }
}

export const contract: Rule = (use) => {
  const { op, attributes } = use
  return product(
    use,
    labelled(use, 0, axesAttribute(op, attributes, 'left')),
    labelled(use, 1, axesAttribute(op, attributes, 'right')),
    axesAttribute(op, attributes, 'sum'),
    axesOf(use.type),
  )
}

/** x W^T + b. */
export const linear: Rule = (use) => {
  const { tracer, type, attributes } = use
  const out = attributes.out === 'class' ? 'class' : 'unit'
  const x = axesOf(inputAt(use, 0).type).map((axis): Axis => (axis === 'unit' ? 'column' : axis))
  const flat = product(use, labelled(use, 0, x), labelled(use, 1, [out, 'column']), ['column'], axesOf(type))
  const bias = inputAt(use, 2)
  const dimensions = bias.type.dimensions.map((dimension): Dimension => ({ ...dimension, axis: out }))
  const row = tracer.aligned({ tensor: bias.tensor, type: { ...bias.type, dimensions } }, type.dimensions)
  return tracer.call({ name: 'add' }, [flat, row], shapeOf(type), 'f32')
}

/**
 * The product over `summed`, with axes in the order of `wanted`. Axes fall into four groups: those that both
 * sides and the result have, rows of the left one, columns of the right one, and those summed over.
 */
function product(
  { tracer, op, attributes }: Use,
  left: Labelled,
  right: Labelled,
  summed: readonly Axis[],
  wanted: readonly Axis[],
): Tensor {
  const precision = precisionOf(attributes)
  if (precision !== undefined) throw new GraphError(`${op}: TensorFlow.js has no product in ${precision}`)
  const inBoth = (axis: Axis): boolean => left.labels.includes(axis) && right.labels.includes(axis)
  const batch = wanted.filter(inBoth)
  const rows = wanted.filter((axis) => !right.labels.includes(axis))
  const columns = wanted.filter((axis) => !left.labels.includes(axis))
  // In the order of the left side, whatever the attribute says: the order in which products are added up.
  const along = left.labels.filter((axis) => summed.includes(axis))
  const sizes = new Map<Axis, Extent>()
  for (const { labels, sizes: own } of [left, right])
    for (const [i, axis] of labels.entries()) sizes.set(axis, own[i] ?? 1)
  const extents = (axes: readonly Axis[]): Extent[] => axes.map((axis) => sizes.get(axis) ?? 1)

  // Rows of all leading axes may stay apart: the right matrix is then the same for each.
  const apart = batch.length === 0 && along.length === 1 && columns.length === 1 && rows.length > 1
  const inPlace = apart && [...rows, ...along].every((axis, i) => axis === left.labels[i])
  const a = inPlace
    ? { tensor: left.tensor, transposed: false }
    : matrix(tracer, left, { batch, first: rows, second: along })
  const b = matrix(tracer, right, { batch, first: along, second: columns })
  const made = inPlace
    ? [...extents(rows), ...extents(columns)]
    : [...extents(batch), productOf(extents(rows)), productOf(extents(columns))]
  const flat = tracer.call(
    { name: 'matMul', transposeA: a.transposed, transposeB: b.transposed },
    [a.tensor, b.tensor],
    made,
    'f32',
  )
  const whole = tracer.reshape(flat, extents([...batch, ...rows, ...columns]))
  return tracer.arranged(whole, [...batch, ...rows, ...columns], wanted)
}

interface Groups {
  readonly batch: readonly Axis[]
  readonly first: readonly Axis[]
  readonly second: readonly Axis[]
}

/** An operand as [batch, first, second], or with the last two exchanged where that needs no transposition. */
function matrix(
  tracer: Tracer,
  { tensor, labels }: Labelled,
  { batch, first, second }: Groups,
): { readonly tensor: Tensor; readonly transposed: boolean } {
  const plain = [...batch, ...first, ...second]
  const turned = [...batch, ...second, ...first]
  const isNow = (order: readonly Axis[]): boolean => order.every((axis, i) => axis === labels[i])
  const transposed = !isNow(plain) && isNow(turned)
  const ordered = tracer.arranged(tensor, labels, transposed ? turned : plain)
  const [upper, lower] = transposed ? [second, first] : [first, second]
  const single = batch.map(() => 1)
  return { tensor: tracer.merged(ordered, [...single, upper.length, lower.length]), transposed }
}

/** Rows of a table. */
export const lookup: Rule = (use) => {
  const [ids, table] = [inputAt(use, 0), inputAt(use, 1)]
  const axes: Axis[] = [...axesOf(ids.type), 'unit']
  const sizes = new Map(use.type.dimensions.map(({ axis, size }) => [axis, size]))
  const shape = axes.map((axis) => sizes.get(axis) ?? 1)
  const rows = use.tracer.call({ name: 'gather' }, [table.tensor, ids.tensor], shape, 'f32')
  return use.tracer.arranged(rows, axes, axesOf(use.type))
}

/** Rows of the cotangent, added up where they are for one row of the table; none for `padding`. */
export const lookupGradient: Rule = (use) => {
  const { tracer, op, attributes, type } = use
  const [ids, g] = [inputAt(use, 0), inputAt(use, 1)]
  const padding = optionalInteger(op, attributes, 'padding')
  const wanted: Axis[] = [...axesOf(ids.type), 'unit']
  const count = productOf(ids.tensor.shape)
  const ordered = tracer.arranged(g.tensor, axesOf(g.type), wanted)
  const rows = tracer.merged(ordered, [wanted.length - 1, 1])
  const column = tracer.reshape(ids.tensor, [count, 1])
  const live =
    padding === null
      ? rows
      : tracer.call(
          { name: 'where' },
          [isNot(tracer, column, padding), rows, tracer.number(0)],
          rows.shape,
          'f32',
        )
  return tracer.call({ name: 'scatterND', shape: shapeOf(type) }, [column, live], shapeOf(type), 'f32')
}

function isNot(tracer: Tracer, ids: Tensor, value: number): Tensor {
  const other = tracer.call({ name: 'cast', dtype: 'int32' }, [tracer.number(value)], [], 'i32')
  return tracer.call({ name: 'notEqual' }, [ids, other], ids.shape, 'bool')
}

export const oneHot: Rule = (use) => {
  const { tracer, op, attributes, type } = use
  const ids = inputAt(use, 0)
  const axis = axisAttribute(op, attributes, 'axis')
  const depth = sizeAttribute(op, attributes, 'size')
  const shape = [...ids.tensor.shape, depth]
  const hot = tracer.call({ name: 'oneHot', depth }, [ids.tensor], shape, 'f32')
  return tracer.arranged(hot, [...axesOf(ids.type), axis], axesOf(type))
}
