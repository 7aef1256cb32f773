/** Rows of the operands of a loss over a distribution. */
import { inputOf, type Operand, type Site } from '../../../run/site.ts'
import { axisOf } from '../attributes.ts'
import { at, offsets, stridesAlong } from '../layout.ts'

/** One operand along the rows of a loss: where each row begins, and its step along the axis. */
export interface Lane {
  readonly starts: Int32Array
  readonly step: number
}

interface Lanes {
  readonly n: number
  readonly count: number
  readonly lane: (operand: Operand | undefined) => Lane
}

/**
 * Rows are the positions of all axes of the result but `axis`; an operand that lacks an axis is repeated
 * along it.
 */
export function lanesOf(site: Site): Lanes {
  const axis = axisOf(site, 'axis')
  const first = inputOf(site, 0)
  const axes = site.output.axes.filter((a) => a !== axis)
  const shape = axes.map((a) => at(site.output.shape, site.output.axes.indexOf(a)))
  const count = shape.reduce((size, n) => size * n, 1)
  return {
    n: at(first.shape, first.axes.indexOf(axis)),
    count,
    lane: (operand) =>
      operand === undefined
        ? { starts: new Int32Array(count), step: 0 }
        : {
            starts: offsets(shape, stridesAlong(operand, axes)),
            step: at(stridesAlong(operand, [axis]), 0),
          },
  }
}
