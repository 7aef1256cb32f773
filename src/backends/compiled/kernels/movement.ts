/**
 * Ops that only move elements. Rows that are contiguous on both sides are copied, others are transposed in
 * squares. A result in the same order shares the input's memory.
 */
import { GraphError } from '../../../graph/graph.ts'
import type { Kernel, KernelTable } from '../../../run/device.ts'
import { deviceDType, type Site } from '../../../run/site.ts'
import { addressOf } from '../../foreign/held.ts'
import { shared } from '../../tfjs/kernels/move.ts'
import { at, collapse } from '../../tfjs/layout.ts'
import { type BlockCopy, keepsOrder, type MoveOp, movements, moveOps } from '../../tfjs/movement.ts'
import type { Binder, Call } from '../functions.ts'
import { inputAt, mostDimensions, nestArguments } from './given.ts'

const word = 4

interface Copy {
  readonly input: number
  /** Bytes from where the operands begin. */
  readonly from: number
  readonly to: number
  readonly call: Call
}

/** Sizes of a batch may be smaller than an index of the graph: the copy would be of other memory. */
function requireInside({ op, inputs, output }: Site, { input, shape, from, to }: BlockCopy): void {
  const ends = [
    [from, inputs[input]?.size ?? 0],
    [to, output.size],
  ] as const
  for (const [{ base, strides }, size] of ends) {
    const last = shape.reduce((place, n, d) => place + (n - 1) * at(strides, d), base)
    if (base < 0 || last >= size) throw new GraphError(`${op}: element ${last} of a value that has ${size}`)
  }
}

function copyOf(functions: Binder, { input, shape, from, to }: BlockCopy): Copy | undefined {
  const bases = { input, from: from.base * word, to: to.base * word }
  const nest = collapse({ shape, strides: [from.strides, to.strides] })
  const [s = [], t = []] = nest.strides
  const last = nest.shape.length - 1
  const unit = s.lastIndexOf(1)
  if (last > 0 && at(s, last) !== 1 && at(t, last) === 1 && unit >= 0) {
    const order = [...nest.shape.keys()].filter((d) => d !== unit && d !== last)
    const dimensions = [...order, unit, last]
    const turned = [nest.shape, s, t].flatMap((list) => dimensions.map((d) => at(list, d)))
    // as `nestArguments` has it, but in this order of dimensions
    return dimensions.length > mostDimensions
      ? undefined
      : { ...bases, call: functions.bind('turn_rows', [dimensions.length, ...turned]) }
  }
  const plain = nestArguments(nest)
  return plain === undefined ? undefined : { ...bases, call: functions.bind('copy_rows', plain) }
}

function move(functions: Binder, op: MoveOp): Kernel {
  return (site: Site) => {
    const movement = movements[op](site)
    if (keepsOrder(movement, site)) return shared(site)
    const { size, shape, dtype } = site.output
    if (dtype === 'bool' || size === 0) return undefined
    const filled = movement.copies.filter(({ shape: own }) => !own.includes(0))
    for (const copy of filled) requireInside(site, copy)
    const copies = filled.map((copy) => copyOf(functions, copy))
    const clear = functions.bind('fill_zeros', [size])
    return copies.includes(undefined)
      ? undefined
      : (inputs, { device }) => {
          const result = device.allocate(shape, deviceDType(dtype))
          const start = addressOf(result)
          if (!movement.fills) clear(start)
          for (const copy of copies)
            copy?.call(inputAt(site, inputs, copy.input) + copy.from, start + copy.to)
          return result
        }
  }
}

export function movementKernels(functions: Binder): KernelTable {
  return Object.fromEntries(moveOps.map((op) => [op, move(functions, op)]))
}
