/**
 * Float64 arrays with named axes, and the ways of walking them that all evaluations share. The code is simple
 * rather than fast: it must only be fast enough for tests of complete models.
 */
import type { Axis, Dimension, ReferenceEnvironment, ReferenceValue, TensorType } from '../../graph.ts'
import { axisIndex, concreteShape } from '../../type.ts'

/** An input of an evaluation. */
export interface Operand {
  readonly value: ReferenceValue
  readonly type: TensorType
}

/** Element of an array at an index that is known to be within it. */
export function at(data: ArrayLike<number>, index: number): number {
  return data[index] as number
}

export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

/** Row-major strides. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1)
  for (let k = shape.length - 2; k >= 0; k--) strides[k] = at(strides, k + 1) * at(shape, k + 1)
  return strides
}

export function zeros(
  type: TensorType,
  environment: ReferenceEnvironment,
): ReferenceValue & { data: Float64Array } {
  const shape = concreteShape(type, environment.sizes)
  return { shape, data: new Float64Array(countOf(shape)) }
}

/**
 * Reads an array in another order: the element at index (i, j, ..) of `shape` is data[offset + i strides[0] +
 * j strides[1] ..].
 */
export function gather(
  data: Float64Array,
  shape: readonly number[],
  strides: readonly number[],
  offset = 0,
): Float64Array {
  const out = new Float64Array(countOf(shape))
  const index = shape.map(() => 0)
  let from = offset
  for (let to = 0; to < out.length; to++) {
    out[to] = data[from] as number
    for (let k = shape.length - 1; k >= 0; k--) {
      const next = at(index, k) + 1
      from += at(strides, k)
      if (next < at(shape, k)) {
        index[k] = next
        break
      }
      from -= at(strides, k) * at(shape, k)
      index[k] = 0
    }
  }
  return out
}

/** The stride of an operand along one axis, 0 where it lacks it. */
export function axisStride(operand: Operand, axis: Axis): number {
  return at(stridesAlong(operand, [axis]), 0)
}

/** The strides of an operand along some axes, 0 along one that it lacks. */
export function stridesAlong(operand: Operand, axes: readonly Axis[]): number[] {
  const own = stridesOf(operand.value.shape)
  return axes.map((axis) => {
    const k = axisIndex(operand.type, axis)
    return k < 0 ? 0 : at(own, k)
  })
}

/**
 * An operand's elements over the dimensions of a result: axes aligned by name, repeated along those that it
 * lacks.
 */
export function aligned(
  operand: Operand,
  dimensions: readonly Dimension[],
  shape: readonly number[],
): Float64Array {
  if (operand.type.dimensions.length === dimensions.length) {
    if (dimensions.every((d, k) => operand.type.dimensions[k]?.axis === d.axis)) return operand.value.data
  }
  return gather(
    operand.value.data,
    shape,
    stridesAlong(
      operand,
      dimensions.map((d) => d.axis),
    ),
  )
}

/**
 * Visits the one-dimensional lanes along an axis: element i of a lane is at `start + i stride`. The n-th lane
 * belongs to the n-th row of the result without that axis.
 */
export function eachLane(
  shape: readonly number[],
  axis: number,
  visit: (start: number, stride: number, length: number, lane: number) => void,
): void {
  const length = at(shape, axis)
  const inner = countOf(shape.slice(axis + 1))
  const outer = countOf(shape.slice(0, axis))
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) visit(o * length * inner + i, inner, length, o * inner + i)
  }
}
