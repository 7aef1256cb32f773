/**
 * Vector kernels for the ops that take the time of a training step besides matrix products. Each supports
 * some shapes. All others use the typed-array kernel of the same op.
 */

import { GraphError } from '../../graph/graph.ts'
import type { Device, Held, Kernel, KernelTable, RunContext } from '../../run/device.ts'
import { deviceDType, inputOf, type Operand, type Site } from '../../run/site.ts'
import { axesOf, axisOf, numberOf } from '../tfjs/attributes.ts'
import { shared } from '../tfjs/kernels/move.ts'
import { at, collapse, type Nest, offsets, rowMajor, stridesAlong } from '../tfjs/layout.ts'
import { keepsOrder, type MoveOp, movements, moveOps } from '../tfjs/movement.ts'
import { type Activation, type ActivationGradient, activationGradients, activations } from './activations.ts'
import { type RowOp, rowOpNames } from './elementwise.ts'
import type { Addressed } from './memory.ts'

const float = 4
/** Shorter rows are not worth a call. */
const shortRow = 8

/**
 * A nest as rows of its last dimension, `count` of them evenly apart, and tables of where such groups begin;
 * all in bytes.
 */
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

/**
 * Memory for the result of an op that reads each element, or each row, before it writes there: that of a
 * dying input if there is one.
 */
function resultOf({ output: { shape } }: Site, { device, over }: RunContext): Held {
  return over === undefined ? device.allocate(shape, 'float32') : device.alias(over, shape)
}

/** a op b, if both have step one or zero along the rows of the result. */
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
    return (inputs, context) => {
      const result = resultOf(site, context)
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

function activation(name: Activation, { vectors, address }: Addressed): Kernel {
  return (site) => (inputs, context) => {
    const result = resultOf(site, context)
    vectors[name](address(given(site, inputs, 0)), address(result), site.output.size)
    return result
  }
}

function activationGradient(name: ActivationGradient, { vectors, address }: Addressed): Kernel {
  return (site) => (inputs, context) => {
    const result = resultOf(site, context)
    const [x, g] = [given(site, inputs, 0), given(site, inputs, 1)]
    vectors[name](address(x), address(g), address(result), site.output.size)
    return result
  }
}

/** standardize, layer_norm and what goes with them, where unit is the last axis and a multiple of four. */
function standardization(
  run: (
    site: Site,
    inputs: readonly Held[],
    n: number,
    rows: number,
    epsilon: number,
    result: Held,
    device: Device,
  ) => void,
): Kernel {
  return (site) => {
    const x = inputOf(site, 0)
    const n = x.shape.at(-1) ?? 0
    if (x.axes.at(-1) !== 'unit' || n % 4 !== 0 || n === 0) return undefined
    const rows = x.size / n
    const epsilon = numberOf(site, 'epsilon')
    return (inputs, context) => {
      const result = resultOf(site, context)
      run(site, inputs, n, rows, epsilon, result, context.device)
      return result
    }
  }
}

/** Sums over an axis before the last. The other axes stay, or are merged with it. */
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
    // a kept outer axis with step zero in the result would add up into it
    if (last === 2 && outStride === 0) return undefined
    return (inputs, { device }) => {
      const result = device.allocate(site.output.shape, 'float32')
      const x = address(given(site, inputs, 0))
      vectors.sum_rows(x, rowStride, rows, columns, address(result), count, xStride, outStride)
      return result
    }
  }
}

/**
 * softmax and scaled_softmax along the last axis. Mask and bias, if any, become one row each for all rows
 * that share them.
 */
function softmax({ vectors, address, bytes, integers, floats }: Addressed): Kernel {
  return (site) => {
    const x = inputOf(site, 0)
    const n = x.shape.at(-1) ?? 0
    if (x.axes.at(-1) !== axisOf(site, 'axis') || n < 4) return undefined
    const scaled = site.op === 'scaled_softmax'
    const outer = x.axes.slice(0, -1)
    const rowsOf = (operand: Operand | undefined) => ({
      strides: operand === undefined ? outer.map(() => 0) : stridesAlong(operand, outer),
      step: operand === undefined ? 0 : at(stridesAlong(operand, x.axes.slice(-1)), 0),
    })
    const maskIndex = scaled ? 2 : 1
    const [mask, bias] = [rowsOf(site.inputs[maskIndex]), rowsOf(scaled ? site.inputs[1] : undefined)]
    const groups = collapse({
      shape: x.shape.slice(0, -1),
      strides: [stridesAlong(x, outer), mask.strides, bias.strides],
    })
    const last = groups.shape.length - 1
    const alike = groups.strides.slice(1).every((along) => along[last] === 0)
    const rows = alike ? at(groups.shape, last) : 1
    const shape = alike ? groups.shape.slice(0, -1) : groups.shape
    const [starts, maskStarts, biasStarts] = groups.strides.map((along) =>
      offsets(shape, along.slice(0, shape.length)),
    )
    const padded = Math.ceil(n / 4) * 4
    const divisor = scaled ? numberOf(site, 'divisor') : 1
    return (inputs, context) => {
      const { device } = context
      const scratch = device.allocate([3 * padded], 'int32')
      const result = resultOf(site, context)
      const [live, from, to] = [address(scratch), address(given(site, inputs, 0)), address(result)]
      const room = live + padded * float
      const biasRow = room + padded * float
      const words = integers().subarray(live / 4, live / 4 + padded)
      const memory = floats()
      const held = inputs[maskIndex]
      const flags = held === undefined ? undefined : bytes()
      const flagStart = held === undefined ? 0 : address(held)
      const biasStart = scaled ? address(given(site, inputs, 1)) / float : 0
      words.fill(-1, 0, n)
      words.fill(0, n)
      if (scaled) memory.fill(0, biasRow / float, biasRow / float + padded)
      for (let k = 0; k < (starts?.length ?? 0); k++) {
        if (flags !== undefined) {
          let m = flagStart + (maskStarts?.[k] ?? 0)
          for (let i = 0; i < n; i++, m += mask.step) words[i] = flags[m] === 0 ? 0 : -1
        }
        const start = (starts?.[k] ?? 0) * float
        if (scaled) {
          let b = biasStart + (biasStarts?.[k] ?? 0)
          for (let i = biasRow / float, end = i + n; i < end; i++, b += bias.step)
            memory[i] = memory[b] as number
          vectors.scaled_softmax(from + start, n, rows, live, room, to + start, biasRow, divisor)
        } else vectors.softmax(from + start, n, rows, live, room, to + start)
      }
      device.release(scratch)
      return result
    }
  }
}

function softmaxGradient({ vectors, address }: Addressed): Kernel {
  return (site) => {
    const n = site.output.shape.at(-1) ?? 0
    if (site.output.axes.at(-1) !== axisOf(site, 'axis') || n < 4) return undefined
    const scaled = site.op === 'scaled_softmax_gradient'
    const divisor = scaled ? numberOf(site, 'divisor') : 1
    return (inputs, context) => {
      const result = resultOf(site, context)
      const [y, g] = [address(given(site, inputs, 0)), address(given(site, inputs, 1))]
      const rows = site.output.size / n
      if (scaled) {
        const d = address(given(site, inputs, 2))
        vectors.scaled_softmax_gradient(y, g, n, rows, address(result), d, divisor)
      } else vectors.softmax_gradient(y, g, n, rows, address(result))
      return result
    }
  }
}

/** Moves whose rows are neighbours on both sides. */
function move(op: MoveOp, { vectors, address, bytes }: Addressed): Kernel {
  return (site) => {
    const movement = movements[op](site)
    if (keepsOrder(movement, site)) return shared(site)
    if (site.output.dtype === 'bool' || site.output.size === 0) return undefined
    const copies = movement.copies.map(({ input, shape, from, to }) => ({
      input,
      from: from.base * float,
      to: to.base * float,
      groups: rowGroups({ shape, strides: [from.strides, to.strides] }),
      empty: shape.includes(0),
    }))
    const fits = copies.every(
      ({ groups }) => groups.length >= 4 && groups.steps.every((step) => step === float),
    )
    if (!fits || copies.some(({ empty }) => empty)) return undefined
    const dtype = deviceDType(site.output.dtype)
    return (inputs, { device }) => {
      const result = device.allocate(site.output.shape, dtype)
      const start = address(result)
      if (!movement.fills) bytes().fill(0, start, start + site.output.size * float)
      for (const { input, from, to, groups } of copies) {
        const { length, count, distances, starts } = groups
        const [startsFrom, startsTo] = starts
        const source = address(given(site, inputs, input)) + from
        const [distanceFrom = 0, distanceTo = 0] = distances
        for (let k = 0; k < (startsTo?.length ?? 0); k++) {
          const [a, b] = [startsFrom?.[k] ?? 0, startsTo?.[k] ?? 0]
          vectors.copy_rows(source + a, distanceFrom, start + to + b, distanceTo, length, count)
        }
      }
      return result
    }
  }
}

/** Rows of a table, copied one by one. */
function lookup({ vectors, address, integers }: Addressed): Kernel {
  return (site) => {
    const [rows, width] = [at(inputOf(site, 1).shape, 0), at(inputOf(site, 1).shape, 1)]
    if (site.output.axes.at(-1) !== 'unit' || width < 4) return undefined
    const { size } = inputOf(site, 0)
    const bytesOfRow = width * float
    return (inputs, { device }) => {
      const result = device.allocate(site.output.shape, 'float32')
      const ids = address(given(site, inputs, 0)) / 4
      const table = address(given(site, inputs, 1))
      const memory = integers()
      let to = address(result)
      for (let r = 0; r < size; r++, to += bytesOfRow) {
        const id = memory[ids + r] as number
        if (id < 0 || id >= rows) {
          device.release(result)
          throw new GraphError(`lookup: no row ${id} in a table of ${rows}`)
        }
        vectors.copy_rows(table + id * bytesOfRow, 0, to, 0, width, 1)
      }
      return result
    }
  }
}

/** Rows added up where a table's rows were read. */
function lookupGradient({ vectors, address, integers, floats }: Addressed): Kernel {
  return (site) => {
    const width = at(site.output.shape, 1)
    if (inputOf(site, 1).axes.at(-1) !== 'unit' || width < shortRow) return undefined
    const rows = numberOf(site, 'rows')
    const { padding } = site.attributes
    const { size } = inputOf(site, 0)
    const bytesOfRow = width * float
    return (inputs, { device }) => {
      const result = device.allocate(site.output.shape, 'float32')
      const [ids, start] = [address(given(site, inputs, 0)) / 4, address(result)]
      const memory = integers()
      floats().fill(0, start / float, start / float + site.output.size)
      let g = address(given(site, inputs, 1))
      for (let r = 0; r < size; r++, g += bytesOfRow) {
        const id = memory[ids + r] as number
        if (id < 0 || id >= rows || id === padding) continue
        const to = start + id * bytesOfRow
        vectors.add(to, float, g, float, to, width, 1, 0, 0)
      }
      return result
    }
  }
}

/** The kernels by op. Combine them with `firstOf`. */
export function vectorKernels(addressed: Addressed): KernelTable {
  const { vectors, address, bytes } = addressed
  return {
    ...Object.fromEntries(rowOpNames.map((name) => [name, rowOp(name, addressed)])),
    ...Object.fromEntries(activations.map((name) => [name, activation(name, addressed)])),
    ...Object.fromEntries(activationGradients.map((name) => [name, activationGradient(name, addressed)])),
    standardize: standardization((site, inputs, n, rows, epsilon, result) =>
      vectors.standardize(address(given(site, inputs, 0)), n, rows, epsilon, address(result)),
    ),
    layer_norm: standardization((site, inputs, n, rows, epsilon, result) => {
      const at = (input: number) => address(given(site, inputs, input))
      vectors.layer_norm(at(0), n, rows, epsilon, at(1), at(2), address(result))
    }),
    standardize_gradient: standardization((site, inputs, n, rows, epsilon, result) => {
      const [x, g] = [address(given(site, inputs, 0)), address(given(site, inputs, 1))]
      vectors.standardize_gradient(x, g, n, rows, epsilon, address(result))
    }),
    residual_layer_norm: standardization((site, inputs, n, rows, epsilon, result) => {
      const at = (input: number) => address(given(site, inputs, input))
      vectors.residual_layer_norm(at(0), n, rows, epsilon, at(2), at(3), address(result), at(1))
    }),
    layer_norm_gradient: standardization((site, inputs, n, rows, epsilon, result) => {
      const at = (input: number) => address(given(site, inputs, input))
      vectors.layer_norm_gradient(at(0), at(1), n, rows, epsilon, address(result), at(2))
    }),
    layer_norm_scale_gradient: standardization((site, inputs, n, rows, epsilon, result, device) => {
      const [x, g] = [given(site, inputs, 0), given(site, inputs, 1)]
      const room = device.allocate([2 * n], 'float32')
      const start = address(room)
      bytes().fill(0, start, start + 2 * n * float)
      vectors.layer_norm_scale_gradient(address(x), address(g), n, rows, epsilon, address(result), start)
      device.release(room)
    }),
    sum: sum(addressed),
    softmax: softmax(addressed),
    softmax_gradient: softmaxGradient(addressed),
    scaled_softmax: softmax(addressed),
    scaled_softmax_gradient: softmaxGradient(addressed),
    lookup: lookup(addressed),
    lookup_gradient: lookupGradient(addressed),
    ...Object.fromEntries(moveOps.map((op) => [op, move(op, addressed)])),
  }
}
