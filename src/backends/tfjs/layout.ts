/**
 * Strides and offsets: how operands with fewer, or other, axes line up with a result. All of it is computed
 * when a node is prepared, so that the loops of kernels see plain numbers and tables only.
 */
import type { Axis } from '../../graph/graph.ts'
import type { Operand } from '../../run/site.ts'

/** Row-major strides, in elements. */
export function rowMajor(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1)
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = at(strides, i + 1) * at(shape, i + 1)
  return strides
}

/**
 * Element `i` of a list of numbers; throws outside it. For tables read while preparing, not for inner loops.
 */
export function at(list: ArrayLike<number>, i: number): number {
  const value = list[i]
  if (value === undefined) throw new RangeError(`index ${i} of ${list.length}`)
  return value
}

export function product(shape: readonly number[]): number {
  return shape.reduce((size, n) => size * n, 1)
}

/**
 * Stride of an operand along each of some axes: 0 along an axis that it does not have (or has with size 1).
 */
export function stridesAlong(operand: Operand, axes: readonly Axis[]): number[] {
  const strides = rowMajor(operand.shape)
  return axes.map((axis) => {
    const i = operand.axes.indexOf(axis)
    return i < 0 || operand.shape[i] === 1 ? 0 : at(strides, i)
  })
}

export interface Nest {
  readonly shape: readonly number[]
  /** One list of strides an operand. */
  readonly strides: readonly (readonly number[])[]
}

/**
 * The same loop nest with neighbouring dimensions merged where all operands allow, and without dimensions of
 * size 1. At least one is left.
 */
export function collapse(nest: Nest): Nest {
  const shape: number[] = []
  const strides: number[][] = nest.strides.map(() => [])
  for (const [d, n] of nest.shape.entries()) {
    if (n === 1) continue
    const last = shape.length - 1
    const mergeable = last >= 0 && nest.strides.every((s, k) => at(strides[k] ?? [], last) === at(s, d) * n)
    if (mergeable) {
      shape[last] = at(shape, last) * n
      for (const [k, s] of nest.strides.entries()) (strides[k] ?? [])[last] = at(s, d)
    } else {
      shape.push(n)
      for (const [k, s] of nest.strides.entries()) strides[k]?.push(at(s, d))
    }
  }
  if (shape.length === 0) {
    shape.push(1)
    for (const s of strides) s.push(0)
  }
  return { shape, strides }
}

/** Offset of every position of a loop nest, in row-major order of its shape. */
export function offsets(shape: readonly number[], strides: readonly number[], base = 0): Int32Array {
  let list = Int32Array.of(base)
  for (const [d, n] of shape.entries()) {
    const stride = at(strides, d)
    const next = new Int32Array(list.length * n)
    let o = 0
    for (const start of list) for (let i = 0; i < n; i++) next[o++] = start + i * stride
    list = next
  }
  return list
}

export interface Rows {
  /** Length of the inner loop. */
  readonly length: number
  /** Stride of each operand along it. */
  readonly steps: readonly number[]
  /** Start of each row in each operand. */
  readonly starts: readonly Int32Array[]
  readonly count: number
}

/** A loop nest as rows: its last dimension is the inner loop, the others are tables of starts. */
export function rowsOf(nest: Nest, bases: readonly number[] = []): Rows {
  const { shape, strides } = collapse(nest)
  const outer = shape.slice(0, -1)
  return {
    length: at(shape, shape.length - 1),
    steps: strides.map((s) => at(s, s.length - 1)),
    starts: strides.map((s, k) => offsets(outer, s.slice(0, -1), bases[k] ?? 0)),
    count: product(outer),
  }
}

/** Rows of an element-wise op: the operands along all axes of the result, the result itself last. */
export function broadcastRows(operands: readonly Operand[], result: Operand): Rows {
  return rowsOf({
    shape: result.shape,
    strides: [...operands, result].map((operand) => stridesAlong(operand, result.axes)),
  })
}

/** Where an operand has an axis along which a kernel works: [outer, n, inner] positions, row-major. */
export interface AxisSplit {
  readonly outer: number
  readonly n: number
  readonly inner: number
}

export function splitAt(operand: Operand, axis: Axis): AxisSplit {
  const i = operand.axes.indexOf(axis)
  if (i < 0) throw new Error(`no axis ${axis} among ${operand.axes.join(', ')}`)
  return {
    outer: product(operand.shape.slice(0, i)),
    n: at(operand.shape, i),
    inner: product(operand.shape.slice(i + 1)),
  }
}

/**
 * The lines of an operand along one axis, for several operands: for each line (position of all other axes,
 * row-major) its start in each operand, and for each operand the step along the axis. An operand without the
 * axis has step 0.
 */
export function linesAlong(main: Operand, axis: Axis, operands: readonly Operand[]): Rows {
  const axes = main.axes.filter((a) => a !== axis)
  const shape = axes.map((a) => at(main.shape, main.axes.indexOf(a)))
  return {
    length: splitAt(main, axis).n,
    steps: operands.map((operand) => at(stridesAlong(operand, [axis]), 0)),
    starts: operands.map((operand) => offsets(shape, stridesAlong(operand, axes))),
    count: product(shape),
  }
}
