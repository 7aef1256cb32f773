/**
 * Moves in host code: each block is copied row by row, or in tiles if it is transposed. A result in the same
 * order shares the input's memory.
 */
import type { Kernel, View } from '../../../run/device.ts'
import type { Site } from '../../../run/site.ts'
import { onArrays } from '../kernel.ts'
import { at, collapse, offsets, product, rowsOf } from '../layout.ts'
import { type Block, keepsOrder, type MoveOp, movements } from '../movement.ts'

type Copy = (from: View, to: View) => void

/** Copies a block of `shape`. */
export function copyBlock(shape: readonly number[], from: Block, to: Block): Copy {
  if (product(shape) === 0) return () => {}
  const nest = collapse({ shape, strides: [from.strides, to.strides] })
  const [fromStrides = [], toStrides = []] = nest.strides
  const last = nest.shape.length - 1
  const unit = fromStrides.lastIndexOf(1)
  if (at(fromStrides, last) !== 1 && at(toStrides, last) === 1 && unit >= 0 && last > 0)
    return transposeTiles(nest.shape, from.base, fromStrides, to.base, toStrides, unit)
  const { count, length, steps, starts } = rowsOf(nest, [from.base, to.base])
  const [s = 0, t = 0] = steps
  const none = new Int32Array()
  const [startsFrom = none, startsTo = none] = starts
  if (s === 1 && t === 1 && length >= 64) {
    return (x, out) => {
      for (let r = 0; r < count; r++) {
        const i = startsFrom[r] as number
        out.set(x.subarray(i, i + length), startsTo[r] as number)
      }
    }
  }
  return (x, out) => {
    for (let r = 0; r < count; r++) {
      let i = startsFrom[r] as number
      let o = startsTo[r] as number
      for (let n = 0; n < length; n++, i += s, o += t) out[o] = x[i] as number
    }
  }
}

const tile = 16

/**
 * Rows of the source run along dimension `unit`, rows of the target along the last one: squares that fit the
 * cache.
 */
function transposeTiles(
  shape: readonly number[],
  fromBase: number,
  fromStrides: readonly number[],
  toBase: number,
  toStrides: readonly number[],
  unit: number,
): Copy {
  const last = shape.length - 1
  const keep = <T>(list: readonly T[]): T[] => list.filter((_, d) => d !== unit && d !== last)
  const startsFrom = offsets(keep(shape), keep(fromStrides), fromBase)
  const startsTo = offsets(keep(shape), keep(toStrides), toBase)
  const rows = at(shape, unit)
  const columns = at(shape, last)
  const s = at(fromStrides, last)
  const t = at(toStrides, unit)
  return (x, out) => {
    for (let b = 0; b < startsFrom.length; b++) {
      const from = startsFrom[b] as number
      const to = startsTo[b] as number
      for (let i0 = 0; i0 < rows; i0 += tile) {
        const i1 = Math.min(i0 + tile, rows)
        for (let j0 = 0; j0 < columns; j0 += tile) {
          const j1 = Math.min(j0 + tile, columns)
          for (let i = i0; i < i1; i++) {
            let p = from + i + j0 * s
            let o = to + i * t + j0
            for (let j = j0; j < j1; j++, p += s, o++) out[o] = x[p] as number
          }
        }
      }
    }
  }
}

/** A result in the memory of input 0. */
export function shared(site: Site): ReturnType<Kernel> {
  const { shape } = site.output
  return ([input], { device }) => {
    if (input === undefined) throw new Error(`${site.op}: an input is missing`)
    return device.alias(input, shape)
  }
}

export function move(op: MoveOp): Kernel {
  return (site) => {
    const movement = movements[op](site)
    if (keepsOrder(movement, site)) return shared(site)
    const copies = movement.copies.map(({ input, shape, from, to }) => ({
      input,
      copy: copyBlock(shape, from, to),
    }))
    return onArrays(() => (inputs, output) => {
      if (!movement.fills) output.fill(0)
      for (const { input, copy } of copies) copy(inputs[input] ?? output, output)
    })(site)
  }
}
