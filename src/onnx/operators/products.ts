/** Products of tensors, and tables. */
import { type Axis, GraphError, type Size } from '../../graph/graph.ts'
import { precisionOf } from '../../graph/precision.ts'
import { concreteSize, isAxis, sizeOf } from '../../graph/type.ts'
import type { OnnxGraph } from '../onnx-graph.ts'
import {
  axesOf,
  axisOf,
  inputAt,
  type Operator,
  positionOf,
  reshaped,
  sizesOf,
  type Translation,
  transposed,
} from '../operand.ts'
import { dataTypes } from '../protobuf.ts'
import { int8Product } from './int8.ts'

/** -1 in a shape: what is left. */
const rest = -1

/** x W^T + b; leading axes together are the rows of one product. */
export const linear: Operator = (t) =>
  affine(t, {
    multiply: (rows, weight) =>
      precisionOf(t.attributes) === 'int8'
        ? int8Product(t.onnx, rows, weight)
        : t.onnx.node('Gemm', [rows, weight], { transB: 1 }),
    add: (product, bias) => t.onnx.node('Add', [product, bias]),
  })

/** How an affine map is computed. */
export interface AffineForms {
  /** Rows [.., unit] times the transposed weight; `last`: the rows before their leading axes became one. */
  readonly multiply: (rows: string, weight: string, last: string) => string
  /** The bias, and what follows it: a Gemm would write the bias over its result first, by one thread. */
  readonly add: (product: string, bias: string) => string
}

export function affine(t: Translation, { multiply, add }: AffineForms): string {
  const [x, weight, bias] = [inputAt(t, 0), inputAt(t, 1), inputAt(t, 2)]
  const { onnx } = t
  const leading = axesOf(x.type).filter((axis) => axis !== 'unit')
  const out = t.attributes.out === 'class' ? 'class' : 'unit'
  const last = transposed(onnx, x.name, axesOf(x.type), [...leading, 'unit'])
  const width = sizeOf(x.type, 'unit')
  const rows = leading.length === 1 ? last : onnx.node('Reshape', [last, onnx.shape([rest, width])])
  const product = add(multiply(rows, weight.name, last), bias.name)
  const sizes = leading.map((axis) => sizeOf(x.type, axis))
  const shaped = leading.length === 1 ? product : reshaped(onnx, product, [...sizes, sizeOf(t.type, out)])
  return transposed(onnx, shaped, [...leading, out], axesOf(t.type))
}

interface Side {
  readonly name: string
  readonly labels: readonly Axis[]
  readonly sizes: ReadonlyMap<Axis, Size>
}

function side(t: Translation, index: number, key: 'left' | 'right'): Side {
  const { name, type } = inputAt(t, index)
  const labels = labelsOf(t, key)
  return { name, labels, sizes: new Map(labels.map((label, i) => [label, type.dimensions[i]?.size ?? 1])) }
}

function labelsOf({ attributes }: Translation, key: string): Axis[] {
  const list = attributes[key]
  return Array.isArray(list) ? list.filter(isAxis) : []
}

/** How products of matrices are computed. */
export interface ProductForms {
  /** left [rows, k] times right [columns, k] in int8, f32[rows, columns]. */
  readonly int8: (onnx: OnnxGraph, left: string, right: string) => string
  /** Many products of operands that a flag transposes. Absent: such operands are moved. */
  readonly turned?: (onnx: OnnxGraph, left: string, right: string, turns: Turns) => string
}

export interface Turns {
  readonly transA?: 1
  readonly transB?: 1
}

/**
 * Any product of two tensors as one of matrices. Common labels that stay are the batch, then come those of a
 * alone, the summed ones, and those of b alone.
 */
export const contract: Operator = (t) => contracted(t, 1, { int8: int8Product })

/** `by`, a power of 2, times the product. */
export function contracted(t: Translation, by: number, forms: ProductForms): string {
  const [a, b] = [side(t, 0, 'left'), side(t, 1, 'right')]
  const summed = labelsOf(t, 'sum')
  const batch = a.labels.filter((label) => b.labels.includes(label) && !summed.includes(label))
  const rows = a.labels.filter((label) => !b.labels.includes(label))
  const columns = b.labels.filter((label) => !a.labels.includes(label))
  const size = (label: Axis): Size => a.sizes.get(label) ?? b.sizes.get(label) ?? 1
  // The transposed product where the result is its: to move the result would be a pass of its own.
  const isTurned = batch.length > 0 && sameOrder([...batch, ...columns, ...rows], axesOf(t.type))
  const product =
    batch.length === 0
      ? plain(t, a, b, { rows, columns, summed }, by, forms)
      : isTurned
        ? batched(t, b, a, { batch, rows: columns, columns: rows, summed }, by, forms)
        : batched(t, a, b, { batch, rows, columns, summed }, by, forms)
  const order = isTurned ? [...batch, ...columns, ...rows] : [...batch, ...rows, ...columns]
  // of the result's axes already, or of fewer or more: a reshape that changes nothing would hide the product
  // from what is folded into it
  const shaped =
    rows.length === 1 && columns.length === 1 ? product : reshaped(t.onnx, product, order.map(size))
  return transposed(t.onnx, shaped, order, axesOf(t.type))
}

interface Groups {
  readonly rows: readonly Axis[]
  readonly columns: readonly Axis[]
  readonly summed: readonly Axis[]
}

/** One matrix product. Operands with summed labels first are transposed by a flag instead of being moved. */
function plain(
  { onnx, attributes }: Translation,
  a: Side,
  b: Side,
  { rows, columns, summed }: Groups,
  by: number,
  forms: ProductForms,
): string {
  const size = (side: Side, labels: readonly Axis[]): Size =>
    productOf(labels.map((label) => side.sizes.get(label) ?? 1))
  const matrix = (
    side: Side,
    outer: readonly Axis[],
    sumFirst: boolean,
  ): { name: string; turned: boolean } => {
    const turnedOrder = [...summed, ...outer]
    const turned = sameOrder(side.labels, turnedOrder)
    const order = turned ? turnedOrder : [...outer, ...summed]
    const [first, second] = turned ? [summed, outer] : [outer, summed]
    const moved = transposed(onnx, side.name, side.labels, order)
    const flat = flattened(size(side, first), size(side, second))
    return {
      name:
        first.length === 1 && second.length === 1 ? moved : onnx.node('Reshape', [moved, onnx.shape(flat)]),
      turned: turned !== sumFirst,
    }
  }
  if (precisionOf(attributes) === 'int8') {
    const byRows = (side: Side, outer: readonly Axis[]): string => {
      const moved = transposed(onnx, side.name, side.labels, [...outer, ...summed])
      if (outer.length === 1 && summed.length === 1) return moved
      return onnx.node('Reshape', [moved, onnx.shape(flattened(size(side, outer), size(side, summed)))])
    }
    return scaled(onnx, forms.int8(onnx, byRows(a, rows), byRows(b, columns)), by)
  }
  const left = matrix(a, rows, false)
  const right = matrix(b, columns, true)
  if (left.turned && !right.turned) {
    const [height, width] = [size(a, rows), size(b, columns)]
    if (typeof height === 'number' && typeof width === 'number' && height * width >= worthTurning)
      return scaled(onnx, sumOfRows(onnx, [left.name, height], [right.name, width]), by)
  }
  return onnx.node('Gemm', [left.name, right.name], {
    ...(by === 1 ? {} : { alpha: { float: by } }),
    ...(left.turned ? { transA: 1 } : {}),
    ...(right.turned ? { transB: 1 } : {}),
  })
}

/** Size of a result from which on an operand is moved instead of transposed by a flag. */
const worthTurning = 2 ** 16

/**
 * a^T b of a [k, height] and b [k, width]: gradients of weights. The narrower one is moved: a Gemm that takes
 * its first operand turned puts it in order again for each 128 columns of the result, which makes it a
 * quarter slower.
 */
function sumOfRows(
  onnx: OnnxGraph,
  [a, height]: readonly [name: string, height: number],
  [b, width]: readonly [name: string, width: number],
): string {
  const turn = (name: string): string => onnx.node('Transpose', [name], { perm: [1, 0] })
  return height <= width ? onnx.node('Gemm', [turn(a), b]) : turn(onnx.node('Gemm', [turn(b), a]))
}

/**
 * Many matrix products. Rows are copied as blocks if operands can be transposed by a flag: if the last label
 * of an operand does not stay last, its matrices are.
 */
function batched(
  { onnx }: Translation,
  a: Side,
  b: Side,
  { batch, rows, columns, summed }: Groups & { readonly batch: readonly Axis[] },
  by: number,
  { turned: multiplyTurned }: ProductForms,
): string {
  const matrices = (
    side: Side,
    first: readonly Axis[],
    second: readonly Axis[],
  ): { readonly name: string; readonly turned: boolean } => {
    const last = side.labels.at(-1)
    const turned = multiplyTurned !== undefined && last !== undefined && first.at(-1) === last
    const [outer, inner] = turned ? [second, first] : [first, second]
    const moved = transposed(onnx, side.name, side.labels, [...batch, ...outer, ...inner])
    if (first.length === 1 && second.length === 1) return { name: moved, turned }
    const sizes = (labels: readonly Axis[]): Size[] => labels.map((label) => side.sizes.get(label) ?? 1)
    const name = reshaped(onnx, moved, [...sizes(batch), productOf(sizes(outer)), productOf(sizes(inner))])
    return { name, turned }
  }
  const [left, right] = [matrices(a, rows, summed), matrices(b, summed, columns)]
  if (multiplyTurned === undefined || !(left.turned || right.turned))
    return scaled(onnx, onnx.node('MatMul', [left.name, right.name]), by)
  const turns: Turns = { ...(left.turned ? { transA: 1 } : {}), ...(right.turned ? { transB: 1 } : {}) }
  return scaled(onnx, multiplyTurned(onnx, left.name, right.name, turns), by)
}

function scaled(onnx: OnnxGraph, value: string, by: number): string {
  return by === 1 ? value : onnx.node('Mul', [value, onnx.float(by)])
}

function sameOrder(a: readonly Axis[], b: readonly Axis[]): boolean {
  return a.length === b.length && a.every((axis, i) => axis === b[i])
}

/** The product of sizes; what symbols are part of is left to ONNX. */
function productOf(sizes: readonly Size[]): Size {
  const [only] = sizes
  if (sizes.length === 1 && only !== undefined) return only
  return sizes.every((size) => typeof size === 'number')
    ? sizes.reduce<number>((product, size) => product * concreteSize(size, { B: 1, L: 1 }), 1)
    : rest
}

/** At most one of two sizes may be left to ONNX. */
function flattened(first: Size, second: Size): Size[] {
  if (first === rest && second === rest) throw new GraphError('contract: two unknown sizes')
  return [first, second]
}

export const lookup: Operator = (t) => {
  const [ids, table] = [inputAt(t, 0), inputAt(t, 1)]
  const rows = t.onnx.node('Gather', [table.name, ids.name], { axis: 0 })
  return transposed(t.onnx, rows, [...axesOf(ids.type), 'unit'], axesOf(t.type))
}

/** ScatterElements: ScatterND's addition is a data race where an id occurs twice. */
export const lookupGradient: Operator = (t) => {
  const [ids, g] = [inputAt(t, 0), inputAt(t, 1)]
  const { onnx } = t
  const [rows, columns] = [sizeOf(t.type, 'row'), sizeOf(t.type, 'column')]
  if (typeof rows !== 'number' || typeof columns !== 'number')
    throw new GraphError('lookup_gradient: no fixed table')
  const last = transposed(onnx, g.name, axesOf(g.type), [...axesOf(ids.type), 'unit'])
  const flat = onnx.node('Reshape', [last, onnx.ints([rest, columns])])
  const list = onnx.node('Reshape', [ids.name, onnx.ints([rest, 1])])
  const { padding } = t.attributes
  const outside = onnx.node('Or', [
    onnx.node('Less', [list, onnx.int32(0)]),
    onnx.node('GreaterOrEqual', [list, onnx.int32(rows)]),
  ])
  const dead =
    typeof padding === 'number'
      ? onnx.node('Or', [outside, onnx.node('Equal', [list, onnx.int32(padding)])])
      : outside
  // ids that count for nothing add zeros to the first row
  const safe = onnx.node('Where', [dead, onnx.int32(0), list])
  const added = onnx.node('Where', [dead, onnx.float(0), flat])
  const places = onnx.node('Expand', [safe, onnx.node('Shape', [flat])])
  const zeros = onnx.node('Expand', [onnx.float(0), onnx.ints([rows, columns])])
  return onnx.node('ScatterElements', [zeros, places, added], { axis: 0, reduction: 'add' })
}

export const oneHot: Operator = (t) => {
  const { onnx } = t
  const ids = inputAt(t, 0)
  const at = positionOf(t.type, axisOf(t))
  const zero = onnx.int32(0)
  const size = onnx.node('Cast', [onnx.node('Squeeze', [onnx.size(sizesOf(t.type)[at] ?? 1)])], {
    to: dataTypes.i32,
  })
  const range = onnx.node('Range', [zero, size, onnx.int32(1)])
  const after = sizesOf(t.type).length - at - 1
  const aligned =
    after === 0
      ? range
      : onnx.node('Unsqueeze', [range, onnx.ints(Array.from({ length: after }, (_, i) => i + 1))])
  const raised = onnx.node('Unsqueeze', [ids.name, onnx.ints([at])])
  return onnx.node('Cast', [onnx.node('Equal', [raised, aligned])], { to: dataTypes.f32 })
}
