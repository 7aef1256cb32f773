/**
 * Whole numbers that a batch or the round of a loop decides: sizes of tensors, and where a part of one
 * begins.
 */
import { type BatchSizes, GraphError, type Size } from '../graph/graph.ts'
import { concreteSize } from '../graph/type.ts'

export type Extent =
  | number
  | Exclude<Size, number>
  /** The index of a share, which differs from round to round of a loop. */
  | { readonly index: number }
  | { readonly operation: '*' | '-'; readonly left: Extent; readonly right: Extent }

/** `left * right`, a number where both are. */
export function times(left: Extent, right: Extent): Extent {
  if (typeof left === 'number' && typeof right === 'number') return left * right
  if (left === 1) return right
  return right === 1 ? left : { operation: '*', left, right }
}

/** `left - right`, a number where both are. */
export function minus(left: Extent, right: Extent): Extent {
  if (typeof left === 'number' && typeof right === 'number') return left - right
  return right === 0 ? left : { operation: '-', left, right }
}

export function productOf(extents: readonly Extent[]): Extent {
  return extents.reduce(times, 1)
}

/** The number that it is for a batch of some sizes. */
export function concreteExtent(extent: Extent, sizes: BatchSizes): number {
  if (typeof extent !== 'object') return concreteSize(extent, sizes)
  if ('index' in extent) return extent.index
  const [left, right] = [concreteExtent(extent.left, sizes), concreteExtent(extent.right, sizes)]
  return extent.operation === '*' ? left * right : left - right
}

export function sameExtent(a: Extent, b: Extent): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** The sizes of a reshape. One that is no number may be left to TensorFlow.js. */
export function reshapeSizes(shape: readonly Extent[]): readonly Extent[] {
  const open = shape.filter((extent) => typeof extent !== 'number')
  return open.length === 1 ? shape.map((extent) => (typeof extent === 'number' ? extent : -1)) : shape
}

/** Throws GraphError where it is not a number. */
export function fixed(extent: Extent): number {
  if (typeof extent === 'number') return extent
  throw new GraphError(`a size that a batch decides: ${JSON.stringify(extent)}`)
}
