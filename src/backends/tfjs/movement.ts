/**
 * Ops that only move elements, as copies between strided blocks of the input and of the result. Prepared from
 * shapes, and the same for every backend; how a block is copied is the backend's affair.
 */
import type { Axis } from '../../graph/graph.ts'
import { inputOf, type Operand, type Site } from '../../run/site.ts'
import { axisOf, numberOf } from './attributes.ts'
import { at, collapse, rowMajor, stridesAlong } from './layout.ts'

/** A block of elements: where it begins and how it steps along each dimension of a common shape. */
export interface Block {
  readonly base: number
  readonly strides: readonly number[]
}

export interface BlockCopy {
  readonly input: number
  readonly shape: readonly number[]
  readonly from: Block
  readonly to: Block
}

export interface Movement {
  readonly copies: readonly BlockCopy[]
  /** Whether the copies fill the result. Otherwise zeros are around them. */
  readonly fills: boolean
}

type Rule = (site: Site) => Movement

function whole(shape: readonly number[], from: Block, to: Block): Movement {
  return { copies: [{ input: 0, shape, from, to }], fills: true }
}

function within(shape: readonly number[], from: Block, to: Block): Movement {
  return { copies: [{ input: 0, shape, from, to }], fills: false }
}

function dense(operand: Operand, base = 0): Block {
  return { base, strides: rowMajor(operand.shape) }
}

function sizeAlong(operand: Operand, axis: Axis): number {
  return at(operand.shape, operand.axes.indexOf(axis))
}

function strideAlong(operand: Operand, axis: Axis): number {
  return at(rowMajor(operand.shape), operand.axes.indexOf(axis))
}

const rename: Rule = (site) => {
  const input = inputOf(site, 0)
  const from = axisOf(site, 'from')
  const to = axisOf(site, 'to')
  const renamed = { ...input, axes: input.axes.map((axis) => (axis === from ? to : axis)) }
  const strides = stridesAlong(renamed, site.output.axes)
  return whole(site.output.shape, { base: 0, strides }, dense(site.output))
}

/** unit -> head, unit (head-major). */
const split: Rule = (site) => {
  const input = inputOf(site, 0)
  const { output } = site
  const strides = stridesAlong(input, output.axes)
  const unit = strideAlong(input, 'unit')
  strides[output.axes.indexOf('unit')] = unit
  strides[output.axes.indexOf('head')] = unit * sizeAlong(output, 'unit')
  return whole(output.shape, { base: 0, strides }, dense(output))
}

/** head, unit -> unit (head-major): the backward pass of `split`. */
const join: Rule = (site) => {
  const input = inputOf(site, 0)
  const { output } = site
  const width = sizeAlong(input, 'unit')
  const unit = strideAlong(output, 'unit')
  // head right before unit, so that both together are the joined axis
  const place = output.axes.indexOf('unit')
  const axes = [...output.axes.slice(0, place), 'head', ...output.axes.slice(place)] as const
  const to = stridesAlong(output, axes)
  to[place] = unit * width
  to[place + 1] = unit
  const shape = axes.map((axis) => sizeAlong(input, axis))
  return whole(shape, { base: 0, strides: stridesAlong(input, axes) }, { base: 0, strides: to })
}

const broadcast: Rule = (site) => {
  const strides = stridesAlong(inputOf(site, 0), site.output.axes)
  return whole(site.output.shape, { base: 0, strides }, dense(site.output))
}

const slice: Rule = (site) => {
  const input = inputOf(site, 0)
  const base = numberOf(site, 'start') * strideAlong(input, axisOf(site, 'axis'))
  return whole(site.output.shape, dense(input, base), dense(site.output))
}

const pad: Rule = (site) => {
  const input = inputOf(site, 0)
  const base = numberOf(site, 'before') * strideAlong(site.output, axisOf(site, 'axis'))
  return within(input.shape, dense(input), dense(site.output, base))
}

const chunk: Rule = (site) => {
  const input = inputOf(site, 0)
  const axis = axisOf(site, 'axis')
  const base = numberOf(site, 'index') * sizeAlong(site.output, axis) * strideAlong(input, axis)
  return whole(site.output.shape, dense(input, base), dense(site.output))
}

const unchunk: Rule = (site) => {
  const input = inputOf(site, 0)
  const axis = axisOf(site, 'axis')
  const base = numberOf(site, 'index') * sizeAlong(input, axis) * strideAlong(site.output, axis)
  return within(input.shape, dense(input), dense(site.output, base))
}

const pick: Rule = (site) => {
  const input = inputOf(site, 0)
  const base = numberOf(site, 'index') * strideAlong(input, axisOf(site, 'axis'))
  const strides = stridesAlong(input, site.output.axes)
  return whole(site.output.shape, { base, strides }, dense(site.output))
}

const place: Rule = (site) => {
  const input = inputOf(site, 0)
  const base = numberOf(site, 'index') * strideAlong(site.output, axisOf(site, 'axis'))
  return within(input.shape, dense(input), { base, strides: stridesAlong(site.output, input.axes) })
}

const concat: Rule = (site) => {
  const axis = axisOf(site, 'axis')
  const step = strideAlong(site.output, axis)
  let done = 0
  const copies = site.inputs.map((operand, input): BlockCopy => {
    const to = dense(site.output, done * step)
    done += sizeAlong(operand, axis)
    return { input, shape: operand.shape, from: dense(operand), to }
  })
  return { copies, fills: true }
}

/** result[t] = x[t - by], or 0 if that is outside. */
const shift: Rule = (site) => {
  const input = inputOf(site, 0)
  const axis = axisOf(site, 'axis')
  const by = numberOf(site, 'by')
  const step = strideAlong(input, axis)
  const shape = input.shape.map((n, d) => (input.axes[d] === axis ? Math.max(0, n - Math.abs(by)) : n))
  return within(shape, dense(input, Math.max(0, -by) * step), dense(input, Math.max(0, by) * step))
}

/** Input 0 as it is. */
const same: Rule = (site) => whole(site.output.shape, dense(site.output), dense(site.output))

export const movements = {
  rename,
  split,
  join,
  broadcast,
  slice,
  pad,
  chunk,
  unchunk,
  pick,
  place,
  concat,
  shift,
  stop_gradient: same,
  again: same,
} as const satisfies { readonly [op: string]: Rule }

export type MoveOp = keyof typeof movements
export const moveOps = Object.keys(movements) as readonly MoveOp[]

/** Whether the result is the input in the same order, so that it can share its memory. */
export function keepsOrder({ copies, fills }: Movement, site: Site): boolean {
  const [copy] = copies
  if (!fills || copy === undefined || copies.length > 1) return false
  if (copy.from.base !== 0 || copy.to.base !== 0 || inputOf(site, 0).size !== site.output.size) return false
  const { shape, strides } = collapse({ shape: copy.shape, strides: [copy.from.strides, copy.to.strides] })
  return shape.length === 1 && strides.every((s) => s[0] === 1 || shape[0] === 1)
}
