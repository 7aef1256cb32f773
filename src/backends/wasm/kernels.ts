/**
 * Vector kernels for the ops that take the time of a training step besides matrix products. Each says which shapes it has; all others are left to the
 * typed-array kernel of the same op.
 */
import type { Held, Kernel, KernelTable } from '../../run/device.ts'
import { inputOf, type Operand, type Site } from '../../run/site.ts'
import { axesOf, numberOf } from '../tfjs/attributes.ts'
import { at, collapse, type Nest, offsets, rowMajor, stridesAlong } from '../tfjs/layout.ts'
import { type RowOp, rowOpNames } from './elementwise.ts'
import type { Addressed } from './memory.ts'

const float = 4
/** Shorter rows are not worth a call. */
const shortRow = 8

/** A nest as rows of its last dimension, `count` of them evenly apart, and tables of where such groups begin; all in bytes. */
interface RowGroups {
  readonly length: number
  readonly steps: readonly number[]
  readonly count: number
  readonly distances: readonly number[]
  readonly starts: readonly Int32Array[]
}

function rowGroups(nest: Nest): RowGroups {
  const { shape, strides } = collapse(nest)
  const last = shape.length - 1
  const outer = shape.slice(0, Math.max(0, last - 1))
  return {
    length: at(shape, last),
    steps: strides.map((s) => at(s, last) * float),
    count: last === 0 ? 1 : at(shape, last - 1),
    distances: strides.map((s) => (last === 0 ? 0 : at(s, last - 1) * float)),
    starts: strides.map((s) => offsets(outer, s.slice(0, outer.length)).map((offset) => offset * float)),
  }
}

function given(site: Site, inputs: readonly Held[], index: number): Held {
  const held = inputs[index]
  if (held === undefined) throw new Error(`${site.op}: input ${index} is missing`)
  return held
}

/** a op b where both step along the rows of the result by one element or stand still. */
function rowOp(name: RowOp, { vectors, address }: Addressed): Kernel {
  const run = vectors[name]
  return (site) => {
    const operands: readonly Operand[] = [inputOf(site, 0), inputOf(site, 1), site.output]
    if (operands.some((operand) => operand.dtype !== 'f32')) return undefined
    const strides = operands.map((operand) => stridesAlong(operand, site.output.axes))
    const groups = rowGroups({ shape: site.output.shape, strides })
    const { length, count } = groups
    const [stepA = 0, stepB = 0] = groups.steps
    const [distanceA = 0, distanceB = 0] = groups.distances
    const [startsA, startsB, startsC] = groups.starts
    const fits = (step: number): boolean => step === 0 || step === float
    if (length < shortRow || !fits(stepA) || !fits(stepB) || stepA + stepB === 0) return undefined
    if (startsA === undefined || startsB === undefined || startsC === undefined) return undefined
    return (inputs, { device }) => {
      const result = device.allocate(site.output.shape, 'float32')
      const a = address(given(site, inputs, 0))
      const b = address(given(site, inputs, 1))
      const c = address(result)
      for (let k = 0; k < startsC.length; k++)
        run(
          a + (startsA[k] as number),
          stepA,
          b + (startsB[k] as number),
          stepB,
          c + (startsC[k] as number),
          length,
          count,
          distanceA,
          distanceB,
        )
      return result
    }
  }
}

function gelu({ vectors, address }: Addressed): Kernel {
  return (site) =>
    (inputs, { device }) => {
      const result = device.allocate(site.output.shape, 'float32')
      vectors.gelu(address(given(site, inputs, 0)), address(result), site.output.size)
      return result
    }
}

function geluGradient({ vectors, address }: Addressed): Kernel {
  return (site) =>
    (inputs, { device }) => {
      const result = device.allocate(site.output.shape, 'float32')
      const [x, g] = [given(site, inputs, 0), given(site, inputs, 1)]
      vectors.gelu_gradient(address(x), address(g), address(result), site.output.size)
      return result
    }
}

/** standardize, layer_norm and standardize_gradient, where unit is the last axis and a multiple of four. */
function standardization(
  run: (site: Site, inputs: readonly Held[], n: number, rows: number, epsilon: number, result: Held) => void,
): Kernel {
  return (site) => {
    const n = site.output.shape.at(-1) ?? 0
    if (site.output.axes.at(-1) !== 'unit' || n % 4 !== 0 || n === 0) return undefined
    const rows = site.output.size / n
    const epsilon = numberOf(site, 'epsilon')
    return (inputs, { device }) => {
      const result = device.allocate(site.output.shape, 'float32')
      run(site, inputs, n, rows, epsilon, result)
      return result
    }
  }
}

/** Sums over an axis before the last: the others are kept, or are one with it. */
function sum({ vectors, address }: Addressed): Kernel {
  return (site) => {
    const input = inputOf(site, 0)
    const summed = axesOf(site, 'axes')
    const target = stridesAlong(site.output, input.axes)
    const along = input.axes.map((axis, d) => (summed.includes(axis) ? 0 : at(target, d)))
    const { shape, strides } = collapse({ shape: input.shape, strides: [rowMajor(input.shape), along] })
    const [from = [], to = []] = strides
    const last = shape.length - 1
    const plain = last >= 1 && last <= 2 && to[last] === 1 && from[last] === 1 && to[last - 1] === 0
    if (!plain || at(shape, last) < 4) return undefined
    const [count, xStride, outStride] =
      last === 2 ? [at(shape, 0), at(from, 0) * float, at(to, 0) * float] : [1, 0, 0]
    const [rowStride, rows, columns] = [at(from, last - 1) * float, at(shape, last - 1), at(shape, last)]
    // a kept outer axis that does not move the result would add up into it
    if (last === 2 && outStride === 0) return undefined
    return (inputs, { device }) => {
      const result = device.allocate(site.output.shape, 'float32')
      const x = address(given(site, inputs, 0))
      vectors.sum_rows(x, rowStride, rows, columns, address(result), count, xStride, outStride)
      return result
    }
  }
}

/** The kernels by op. Combine them with `firstOf`. */
export function vectorKernels(addressed: Addressed): KernelTable {
  const { vectors, address } = addressed
  return {
    ...Object.fromEntries(rowOpNames.map((name) => [name, rowOp(name, addressed)])),
    gelu: gelu(addressed),
    gelu_gradient: geluGradient(addressed),
    standardize: standardization((site, inputs, n, rows, epsilon, result) =>
      vectors.standardize(address(given(site, inputs, 0)), n, rows, epsilon, address(result)),
    ),
    layer_norm: standardization((site, inputs, n, rows, epsilon, result) => {
      const [x, scale, bias] = [0, 1, 2].map((i) => address(given(site, inputs, i))) as [
        number,
        number,
        number,
      ]
      vectors.layer_norm(x, n, rows, epsilon, scale, bias, address(result))
    }),
    standardize_gradient: standardization((site, inputs, n, rows, epsilon, result) => {
      const [x, g] = [address(given(site, inputs, 0)), address(given(site, inputs, 1))]
      vectors.standardize_gradient(x, g, n, rows, epsilon, address(result))
    }),
    sum: sum(addressed),
  }
}

/** For each op the kernel of the first table, else, for what that leaves, the one of the second. */
export function firstOf(first: KernelTable, second: KernelTable): KernelTable {
  const both = (op: string): Kernel => {
    const [a, b] = [first[op], second[op]]
    return (site) => a?.(site) ?? b?.(site)
  }
  const names = new Set([...Object.keys(first), ...Object.keys(second)])
  return Object.fromEntries([...names].map((op) => [op, both(op)]))
}
