/** Types written as in printed graphs, `f32[B, L, unit 4]`, and repeatable random values for them. */
import type { Dimension, ReferenceValue, TensorType } from '../../src/graph/graph.ts'
import {
  axisOfSymbol,
  concreteShape,
  isSizeSymbol,
  readDType,
  tensorType,
  toAxis,
} from '../../src/graph/type.ts'

export const sizes = { B: 2, L: 3, R: 4, M: 2, W: 3 } as const
export const random = { seed: 7, stage: 'test', step: 3 } as const
export const environment = { sizes, random }

export function type(text: string): TensorType {
  const [, dtype = '', inside = ''] = /^(\w+)\[(.*)\]$/.exec(text) ?? []
  const parts = inside === '' ? [] : inside.split(', ')
  return tensorType(readDType(dtype), parts.map(dimension))
}

function dimension(text: string): Dimension {
  if (isSizeSymbol(text)) return { axis: axisOfSymbol(text), size: text }
  const [axis, size = ''] = text.split(' ')
  return { axis: toAxis(axis), size: isSizeSymbol(size) ? size : Number(size) }
}

/** Value of the element with that index, out of a stream of uniform numbers in 0 .. 1. */
export type Generator = (uniform: () => number, index: number) => number

export const real: Generator = (uniform) => 4 * uniform() - 2
export const positive: Generator = (uniform) => 0.3 + 2 * uniform()
/** Far from 0 on both sides: for divisors. */
export const nonzero: Generator = (uniform) => (uniform() < 0.5 ? -1 : 1) * (0.4 + uniform())
export const coin: Generator = (uniform) => (uniform() < 0.6 ? 1 : 0)
export const below =
  (n: number): Generator =>
  (uniform) =>
    Math.floor(uniform() * n)
/** These values, again from the start where they end. */
export const values =
  (...list: readonly number[]): Generator =>
  (_uniform, index) =>
    list[index % list.length] ?? 0

/** A stream of uniform numbers; equal seeds, equal streams (mulberry32). */
export function stream(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

export function generate(of: TensorType, generator: Generator, uniform: () => number): ReferenceValue {
  const shape = concreteShape(of, sizes)
  const count = shape.reduce((product, size) => product * size, 1)
  return { shape, data: Float64Array.from({ length: count }, (_, index) => generator(uniform, index)) }
}

/** A value from its shape and elements. */
export function value(shape: readonly number[], ...elements: readonly number[]): ReferenceValue {
  return { shape, data: Float64Array.from(elements) }
}
