/**
 * Dense rows of positions: rows are gathered both ways, since adding rows at places is a data race or runs on
 * one thread.
 */
import type { Axis } from '../../graph/graph.ts'
import { hasAxis, sizeOf } from '../../graph/type.ts'
import { axesOf, inputAt, type Operator, reshaped, type Translation, transposed } from '../operand.ts'
import { dataTypes } from '../protobuf.ts'

/** Places of live positions, i64, those that dead ones may stand for among them; and which are live, bool. */
function places({ onnx }: Translation, name: string): { readonly place: string; readonly live: string } {
  const live = onnx.node('GreaterOrEqual', [name, onnx.int32(0)])
  const other = onnx.node('Sub', [onnx.int32(-1), name])
  return { place: onnx.node('Where', [live, name, other]), live }
}

/** A column of i64[n] as [n, 1, 1 ..], to go with rows of `rank` axes. */
function column({ onnx }: Translation, name: string, rank: number): string {
  return rank <= 1
    ? name
    : onnx.node('Unsqueeze', [name, onnx.ints(Array.from({ length: rank - 1 }, (_, i) => i + 1))])
}

export const gatherPositions: Operator = (t) => {
  const { onnx } = t
  const [x, list] = [inputAt(t, 0), inputAt(t, 1)]
  const { place, live } = places(t, list.name)
  const leading = (['example', 'token'] as const).filter((axis) => hasAxis(x.type, axis))
  const others = axesOf(x.type).filter((axis) => axis !== 'example' && axis !== 'token')
  const moved = transposed(onnx, x.name, axesOf(x.type), [...leading, ...others])
  const flat =
    leading.length === 1
      ? moved
      : onnx.node('Reshape', [moved, onnx.shape([-1, ...others.map((axis) => sizeOf(x.type, axis))])])
  const width = onnx.node('Cast', [onnx.size('L')], { to: dataTypes.i32 })
  const row =
    leading.length === 2 ? place : onnx.node(leading[0] === 'example' ? 'Div' : 'Mod', [place, width])
  const rows = onnx.node('Gather', [flat, row], { axis: 0 })
  const kept = t.attributes.dead === 'copy' ? rows : zeroed(t, rows, column(t, live, others.length + 1))
  return transposed(onnx, kept, ['position', ...others], axesOf(t.type))
}

function zeroed({ onnx, type }: Translation, rows: string, live: string): string {
  if (type.dtype === 'bool') return onnx.node('And', [rows, live])
  return onnx.node('Where', [live, rows, type.dtype === 'f32' ? onnx.float(0) : onnx.int32(0)])
}

export const scatterPositions: Operator = (t) => {
  const { onnx } = t
  const [x, list] = [inputAt(t, 0), inputAt(t, 1)]
  const { place, live } = places(t, list.name)
  const others = axesOf(x.type).filter((axis) => axis !== 'position')
  const moved = transposed(onnx, x.name, axesOf(x.type), ['position', ...others])
  // for each place the row that belongs there; the first one past the rows is of zeros
  const count = onnx.size(sizeOf(x.type, 'position'))
  const cells = onnx.node('Add', [onnx.node('Mul', [onnx.size('B'), onnx.size('L')]), onnx.ints([1])])
  const none = onnx.node('Expand', [count, cells])
  const outside = onnx.node('Sub', [cells, onnx.ints([1])])
  const target = onnx.node('Where', [live, onnx.node('Cast', [place], { to: dataTypes.i64 }), outside])
  const numbers = onnx.node('Range', [onnx.int64(0), onnx.node('Squeeze', [count]), onnx.int64(1)])
  const inverse = onnx.node('ScatterElements', [none, target, numbers], { axis: 0 })
  // the cell past the last place collects dead positions: left out
  const wanted = onnx.node('Slice', [inverse, onnx.ints([0]), outside, onnx.ints([0])])
  const zero = onnx.node('Expand', [
    onnx.float(0),
    onnx.shape([1, ...others.map((axis) => sizeOf(x.type, axis))]),
  ])
  const all = onnx.node('Concat', [moved, zero], { axis: 0 })
  const placed = onnx.node('Gather', [all, wanted], { axis: 0 })
  const flat = t.attributes.dead === 'add' ? withDead(t, placed, moved, { place, live }) : placed
  const order: Axis[] = ['example', 'token', ...others]
  const shaped = reshaped(
    onnx,
    flat,
    order.map((axis) => sizeOf(t.type, axis)),
  )
  return transposed(onnx, shaped, order, axesOf(t.type))
}

/** Dead rows added at the places that they repeat. There are few of them, or none. */
function withDead(
  t: Translation,
  placed: string,
  rows: string,
  { place, live }: ReturnType<typeof places>,
): string {
  const { onnx } = t
  const dead = onnx.node('Reshape', [onnx.node('NonZero', [onnx.node('Not', [live])]), onnx.ints([-1])])
  const added = onnx.node('Gather', [rows, dead], { axis: 0 })
  const targets = column(t, onnx.node('Gather', [place, dead], { axis: 0 }), axesOf(t.type).length - 1)
  const indices = onnx.node('Expand', [targets, onnx.node('Shape', [added])])
  // not ScatterND, whose additions are a data race
  return onnx.node('ScatterElements', [placed, indices, added], { axis: 0, reduction: 'add' })
}
