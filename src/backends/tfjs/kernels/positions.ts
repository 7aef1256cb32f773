/**
 * Dense rows of positions, taken from examples x tokens and put back. A place is example x L + token, a dead
 * one -1 - place.
 */

import type { Axis } from '../../../graph/graph.ts'
import { placeAt } from '../../../graph/positions.ts'
import { inputOf, type Operand } from '../../../run/site.ts'
import { textOf } from '../attributes.ts'
import { type ArrayKernel, integers } from '../kernel.ts'
import { collapse, rowMajor, stridesAlong } from '../layout.ts'

interface Rows {
  /** Length of a stretch that is one in both operands. */
  readonly length: number
  /** Starts of the stretches of one position, in each. */
  readonly dense: readonly number[]
  readonly whole: readonly number[]
  readonly position: number
  readonly example: number
  readonly token: number
}

function rowsOf(dense: Operand, whole: Operand): Rows {
  const others = dense.axes.filter((axis) => axis !== 'position')
  const shape = others.map((axis) => dense.shape[dense.axes.indexOf(axis)] ?? 1)
  const nest = collapse({ shape, strides: [stridesAlong(dense, others), stridesAlong(whole, others)] })
  const [from = [], to = []] = nest.strides
  const contiguous = from.at(-1) === 1 && to.at(-1) === 1
  const length = contiguous ? (nest.shape.at(-1) ?? 1) : 1
  const outer = contiguous ? nest.shape.slice(0, -1) : nest.shape
  const starts = (strides: readonly number[]): number[] => {
    let list = [0]
    for (const [d, n] of outer.entries())
      list = list.flatMap((start) => Array.from({ length: n }, (_, i) => start + i * (strides[d] ?? 0)))
    return list
  }
  return {
    length,
    dense: starts(from),
    whole: starts(to),
    position: strideOf(dense, 'position'),
    example: strideOf(whole, 'example'),
    token: strideOf(whole, 'token'),
  }
}

/** 0 for an axis that it lacks. */
function strideOf({ axes, shape }: Operand, axis: Axis): number {
  const at = axes.indexOf(axis)
  return at < 0 ? 0 : (rowMajor(shape)[at] ?? 0)
}

export const gatherPositions: ArrayKernel = (site) => {
  const { length, dense, whole, position, example, token } = rowsOf(site.output, inputOf(site, 0))
  const copies = textOf(site, 'dead') === 'copy'
  const { L } = site.sizes
  return ([x, places], output) => {
    if (x === undefined) throw new Error('gather_positions: an input is missing')
    const list = integers(places)
    for (let p = 0; p < list.length; p++) {
      const place = list[p] as number
      const live = placeAt(place)
      const from = Math.floor(live / L) * example + (live % L) * token
      for (let r = 0; r < dense.length; r++) {
        const o = p * position + (dense[r] as number)
        if (place < 0 && !copies) {
          output.fill(0, o, o + length)
          continue
        }
        const i = from + (whole[r] as number)
        for (let n = 0; n < length; n++) output[o + n] = x[i + n] as number
      }
    }
  }
}

export const scatterPositions: ArrayKernel = (site) => {
  const { length, dense, whole, position, example, token } = rowsOf(inputOf(site, 0), site.output)
  const adds = textOf(site, 'dead') === 'add'
  const { L } = site.sizes
  return ([x, places], output) => {
    if (x === undefined) throw new Error('scatter_positions: an input is missing')
    const list = integers(places)
    output.fill(0)
    for (let p = 0; p < list.length; p++) {
      const place = list[p] as number
      if (place < 0 && !adds) continue
      const live = placeAt(place)
      const to = Math.floor(live / L) * example + (live % L) * token
      for (let r = 0; r < dense.length; r++) {
        const i = p * position + (dense[r] as number)
        const o = to + (whole[r] as number)
        for (let n = 0; n < length; n++) output[o + n] = (output[o + n] as number) + (x[i + n] as number)
      }
    }
  }
}
