/**
 * The layout of dense rows of positions, and of the same rows in examples x tokens, for kernels that copy
 * them in runs.
 */
import type { Operand } from '../../run/site.ts'
import { at, collapse, stridesAlong } from './layout.ts'

/** The layout of rows in both operands, in elements. */
export interface PositionRows {
  /** Length of a stretch that is one in both, how many there are of it in a row, and how far apart. */
  readonly length: number
  readonly stretches: number
  readonly dense: number
  readonly whole: number
  /** Distances of rows, examples and tokens; 0 for an axis that is not there. */
  readonly position: number
  readonly example: number
  readonly token: number
}

/** Undefined for rows of more than one dimension besides what is contiguous, and for truth values. */
export function positionRows(dense: Operand, whole: Operand): PositionRows | undefined {
  if (dense.dtype === 'bool' || dense.size === 0 || whole.size === 0) return undefined
  const others = dense.axes.filter((axis) => axis !== 'position')
  const shape = others.map((axis) => at(dense.shape, dense.axes.indexOf(axis)))
  const nest = collapse({ shape, strides: [stridesAlong(dense, others), stridesAlong(whole, others)] })
  const [inDense = [], inWhole = []] = nest.strides
  const last = nest.shape.length - 1
  const single = nest.shape.length === 1 && nest.shape[0] === 1
  const contiguous = single || (inDense[last] === 1 && inWhole[last] === 1)
  if (!contiguous || last > 1) return undefined
  const [position = 0] = stridesAlong(dense, ['position'])
  const [example = 0, token = 0] = stridesAlong(whole, ['example', 'token'])
  return {
    length: at(nest.shape, last),
    stretches: last === 1 ? at(nest.shape, 0) : 1,
    dense: last === 1 ? at(inDense, 0) : 0,
    whole: last === 1 ? at(inWhole, 0) : 0,
    position,
    example,
    token,
  }
}
