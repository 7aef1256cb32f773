/**
 * Ops that only move elements: each is one copy between two strided blocks, prepared from shapes. Values that keep their order (a renamed axis,
 * a leading axis of size 1) share the input's memory instead.
 */
import type { Axis } from '../../../graph/graph.ts'
import type { Kernel, View } from '../../../run/device.ts'
import { inputOf, type Operand, type Site } from '../../../run/site.ts'
import { axisOf, numberOf } from '../attributes.ts'
import { type ArrayKernel, type Body, onArrays } from '../kernel.ts'
import { at, collapse, offsets, product, rowMajor, rowsOf, stridesAlong } from '../layout.ts'

/** A block of elements: where it begins and how it steps along each dimension of a common shape. */
interface Block {
  readonly base: number
  readonly strides: readonly number[]
}

type Copy = (from: View, to: View) => void

/** Copies a block of `shape`. Prepares row tables; where neither side has neighbours in neighbouring elements, goes in tiles. */
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

function moved(copy: Copy, filled = true): Body {
  return (inputs, output) => {
    if (!filled) output.fill(0)
    copy(inputs[0] ?? output, output)
  }
}

/** Shares the memory of input 0. */
const shared: Kernel = (site) => {
  const { shape } = site.output
  return ([input], { device }) => {
    if (input === undefined) throw new Error(`${site.op}: an input is missing`)
    return device.alias(input, shape)
  }
}

/** `from` seen along the result's dimensions; shared memory where both lie in the same order. */
function permutation(site: Site, strides: readonly number[]): ReturnType<Kernel> {
  const { shape } = site.output
  const own = rowMajor(shape)
  if (shape.every((n, d) => n === 1 || strides[d] === own[d])) return shared(site)
  const copy = copyBlock(shape, { base: 0, strides }, { base: 0, strides: own })
  return onArrays(() => moved(copy))(site)
}

export const rename: Kernel = (site) => {
  const input = inputOf(site, 0)
  const from = axisOf(site, 'from')
  const to = axisOf(site, 'to')
  const renamed = { ...input, axes: input.axes.map((axis) => (axis === from ? to : axis)) }
  return permutation(site, stridesAlong(renamed, site.output.axes))
}

/** unit -> head, unit (head-major). */
export const split: Kernel = (site) => {
  const input = inputOf(site, 0)
  const width = at(site.output.shape, site.output.axes.indexOf('unit'))
  const strides = stridesAlong(input, site.output.axes)
  const unit = at(rowMajor(input.shape), input.axes.indexOf('unit'))
  strides[site.output.axes.indexOf('unit')] = unit
  strides[site.output.axes.indexOf('head')] = unit * width
  return permutation(site, strides)
}

/** head, unit -> unit (head-major): the way back of `split`. */
export const join: Kernel = (site) => {
  const input = inputOf(site, 0)
  const { output } = site
  const width = at(input.shape, input.axes.indexOf('unit'))
  const unit = at(rowMajor(output.shape), output.axes.indexOf('unit'))
  const axes = output.axes.filter((axis) => axis !== 'unit')
  const shape = [
    ...axes.map((axis) => at(output.shape, output.axes.indexOf(axis))),
    at(input.shape, input.axes.indexOf('head')),
    width,
  ]
  const from = [...stridesAlong(input, axes), ...stridesAlong(input, ['head', 'unit'])]
  const to = [...stridesAlong(output, axes), unit * width, unit]
  const nest = collapse({ shape, strides: [from, to] })
  if (nest.shape.length === 1 && nest.strides.every((s) => s[0] === 1)) return shared(site)
  const copy = copyBlock(shape, { base: 0, strides: from }, { base: 0, strides: to })
  return onArrays(() => moved(copy))(site)
}

export const broadcast: ArrayKernel = (site) => {
  const { shape, axes } = site.output
  const strides = stridesAlong(inputOf(site, 0), axes)
  return moved(copyBlock(shape, { base: 0, strides }, { base: 0, strides: rowMajor(shape) }))
}

export const slice: ArrayKernel = (site) => {
  const input = inputOf(site, 0)
  const start = numberOf(site, 'start') * strideOf(input, axisOf(site, 'axis'))
  const { shape } = site.output
  return moved(
    copyBlock(shape, { base: start, strides: rowMajor(input.shape) }, { base: 0, strides: rowMajor(shape) }),
  )
}

export const pad: ArrayKernel = (site) => {
  const input = inputOf(site, 0)
  const base = numberOf(site, 'before') * strideOf(site.output, axisOf(site, 'axis'))
  const to = { base, strides: rowMajor(site.output.shape) }
  return moved(copyBlock(input.shape, { base: 0, strides: rowMajor(input.shape) }, to), false)
}

export const pick: ArrayKernel = (site) => {
  const input = inputOf(site, 0)
  const axis = axisOf(site, 'axis')
  const { shape, axes } = site.output
  const index = wrapped(numberOf(site, 'index'), at(input.shape, input.axes.indexOf(axis)))
  const from = { base: index * strideOf(input, axis), strides: stridesAlong(input, axes) }
  return moved(copyBlock(shape, from, { base: 0, strides: rowMajor(shape) }))
}

export const place: ArrayKernel = (site) => {
  const input = inputOf(site, 0)
  const { output } = site
  const axis = axisOf(site, 'axis')
  const index = wrapped(numberOf(site, 'index'), at(output.shape, output.axes.indexOf(axis)))
  const to = { base: index * strideOf(output, axis), strides: stridesAlong(output, input.axes) }
  return moved(copyBlock(input.shape, { base: 0, strides: rowMajor(input.shape) }, to), false)
}

export const concat: ArrayKernel = (site) => {
  const axis = axisOf(site, 'axis')
  const strides = rowMajor(site.output.shape)
  let done = 0
  const copies = site.inputs.map((input) => {
    const base = done * strideOf(site.output, axis)
    done += at(input.shape, input.axes.indexOf(axis))
    return copyBlock(input.shape, { base: 0, strides: rowMajor(input.shape) }, { base, strides })
  })
  return (inputs, output) => {
    for (const [i, copy] of copies.entries()) copy(inputs[i] ?? output, output)
  }
}

/** result[t] = x[t - by], zeros where that lies outside. */
export const shift: ArrayKernel = (site) => {
  const input = inputOf(site, 0)
  const axis = axisOf(site, 'axis')
  const by = numberOf(site, 'by')
  const stride = strideOf(input, axis)
  const strides = rowMajor(input.shape)
  const shape = input.shape.map((n, d) => (input.axes[d] === axis ? Math.max(0, n - Math.abs(by)) : n))
  const from = { base: Math.max(0, -by) * stride, strides }
  const to = { base: Math.max(0, by) * stride, strides }
  return moved(copyBlock(shape, from, to), false)
}

export const stopGradient: Kernel = shared

function strideOf(operand: Operand, axis: Axis): number {
  return at(rowMajor(operand.shape), operand.axes.indexOf(axis))
}

function wrapped(index: number, n: number): number {
  return index < 0 ? index + n : index
}
