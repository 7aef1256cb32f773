/**
 * A two-operand einsum as matrix products: axes fall into four groups. Batch axes are in both operands and
 * the result, row axes in the left operand and the result, column axes in the right operand and the result,
 * summed axes in both operands only.
 *
 *   contract [example, head, token, unit] [example, head, token', unit] sum unit
 *   ==> batch (example, head), rows (token), columns (token'), summed (unit)
 */
import type { Axis } from '../../graph/graph.ts'
import { inputOf, type Operand, type Site } from '../../run/site.ts'
import { axesOf, axisOf } from './attributes.ts'
import { at, product, stridesAlong } from './layout.ts'

/** The axes of one group: their sizes, and how each operand steps along them. */
export interface Group {
  readonly axes: readonly Axis[]
  readonly shape: readonly number[]
  readonly size: number
  readonly left: readonly number[]
  readonly right: readonly number[]
  readonly result: readonly number[]
}

export interface Grouping {
  readonly batch: Group
  readonly rows: Group
  readonly columns: Group
  readonly summed: Group
}

/** Whether a site is a product with a weight and a bias, whatever comes after it. */
export function isLinear({ op }: Site): boolean {
  return op === 'linear' || op === 'linear_activation'
}

/** The grouping of a `contract` or `linear` (without its bias), or of an op that extends one. */
export function groupingOf(site: Site): Grouping {
  const [left, right, result] = isLinear(site) ? linearOperands(site) : contractOperands(site)
  const group = (axes: readonly Axis[]): Group => {
    const shape = axes.map((axis) => {
      const holder = left.axes.includes(axis) ? left : right
      return at(holder.shape, holder.axes.indexOf(axis))
    })
    return {
      axes,
      shape,
      size: product(shape),
      left: stridesAlong(left, axes),
      right: stridesAlong(right, axes),
      result: stridesAlong(result, axes),
    }
  }
  const inBoth = (axis: Axis): boolean => left.axes.includes(axis) && right.axes.includes(axis)
  return {
    batch: group(result.axes.filter(inBoth)),
    rows: group(result.axes.filter((axis) => !right.axes.includes(axis))),
    columns: group(result.axes.filter((axis) => !left.axes.includes(axis))),
    summed: group(left.axes.filter((axis) => !result.axes.includes(axis))),
  }
}

function contractOperands(site: Site): [Operand, Operand, Operand] {
  const left = { ...inputOf(site, 0), axes: axesOf(site, 'left') }
  const right = { ...inputOf(site, 1), axes: axesOf(site, 'right') }
  return [left, right, site.output]
}

/** x[.., unit] W[row, column] -> y[.., out]: W's rows are y's units, its columns those of x. */
function linearOperands(site: Site): [Operand, Operand, Operand] {
  const relabel = (operand: Operand, from: Axis, to: Axis): Operand => ({
    ...operand,
    axes: operand.axes.map((axis) => (axis === from ? to : axis)),
  })
  const x = relabel(inputOf(site, 0), 'unit', 'column')
  const y = relabel(site.output, axisOf(site, 'out'), 'row')
  return [x, inputOf(site, 1), y]
}

/**
 * Whether a value laid out by `strides` along the axes of some groups is a dense row-major matrix of them
 * already.
 */
export function isDense(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1
  for (let d = shape.length - 1; d >= 0; d--) {
    const n = at(shape, d)
    if (n === 1) continue
    if (at(strides, d) !== expected) return false
    expected *= n
  }
  return true
}
