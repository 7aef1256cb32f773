/** `contract` and `linear` with bias and activation, by the product in C, in one call. */
import { precisionOf } from '../../../graph/precision.ts'
import type { Kernel, KernelTable } from '../../../run/device.ts'
import type { Site } from '../../../run/site.ts'
import { addressOf } from '../../foreign/held.ts'
import { activationAfter } from '../../tfjs/activated.ts'
import { type Group, groupingOf, isLinear } from '../../tfjs/grouping.ts'
import { at, collapse } from '../../tfjs/layout.ts'
import type { Binder } from '../functions.ts'
import { productEnds } from '../source/products.ts'
import { inputAt, nestArguments, optionalAt } from './given.ts'

/** A group of axes as one dimension, and those that do not become one with it. */
interface Split {
  readonly size: number
  readonly operand: number
  readonly result: number
  readonly outer: readonly { readonly size: number; readonly operand: number; readonly result: number }[]
}

function splitOf({ shape, result }: Group, operand: readonly number[]): Split {
  const nest = collapse({ shape, strides: [operand, result] })
  const [own = [], its = []] = nest.strides
  const dimensions = nest.shape.map((size, d) => ({ size, operand: at(own, d), result: at(its, d) }))
  const inner = dimensions.pop() ?? { size: 1, operand: 0, result: 0 }
  return { ...inner, outer: dimensions }
}

/**
 * The arguments of the kernel for a site, and whether the graph's left operand gives the rows; undefined if
 * the operands are no such matrices.
 */
function matricesOf(
  site: Site,
): { readonly straight: boolean; readonly numbers: readonly number[] } | undefined {
  const { batch, rows, columns, summed } = groupingOf(site)
  if ([batch, rows, columns, summed].some(({ size }) => size === 0)) return undefined
  const depth = collapse({ shape: summed.shape, strides: [summed.left, summed.right] })
  if (depth.shape.length !== 1) return undefined
  const along = depth.strides.map((steps) => at(steps, 0))
  const [left, right] = [splitOf(rows, rows.left), splitOf(columns, columns.right)]
  const straight = right.size === 1 ? left.size === 1 || left.result !== 1 : right.result === 1
  if (!straight && left.result !== 1) return undefined
  const [a, b] = straight ? [left, right] : [right, left]
  const [alongA = 1, alongB = 1] = straight ? along : along.toReversed()
  const [batchA, batchB] = straight ? [batch.left, batch.right] : [batch.right, batch.left]
  const none = (split: Split): number[] => split.outer.map(() => 0)
  const places = nestArguments({
    shape: [...batch.shape, ...a.outer.map(({ size }) => size), ...b.outer.map(({ size }) => size)],
    strides: [
      [...batchA, ...a.outer.map(({ operand }) => operand), ...none(b)],
      [...batchB, ...none(a), ...b.outer.map(({ operand }) => operand)],
      [...batch.result, ...a.outer.map(({ result }) => result), ...b.outer.map(({ result }) => result)],
    ],
  })
  if (places === undefined) return undefined
  const steps = [a.operand, alongA, alongB, b.operand, a.result]
  const end = productEnds[activationAfter(site) ?? ''] ?? 0
  return { straight, numbers: [a.size, b.size, at(depth.shape, 0), ...steps, end, ...places] }
}

function product(functions: Binder): Kernel {
  return (site) => {
    const after = activationAfter(site)
    if (precisionOf(site.attributes) !== undefined) return undefined
    if (after !== undefined && productEnds[after] === undefined) return undefined
    const matrices = matricesOf(site)
    const biased = isLinear(site)
    if (matrices === undefined || (biased && !matrices.straight)) return undefined
    const [a, b] = matrices.straight ? [0, 1] : [1, 0]
    const call = functions.bind('product', matrices.numbers)
    return (inputs, { device }) => {
      const result = device.allocate(site.output.shape, 'float32')
      const third = optionalAt(inputs, 2)
      const [bias, beside] = biased ? [third, 0] : [0, third]
      call(inputAt(site, inputs, a), inputAt(site, inputs, b), bias, beside, addressOf(result))
      return result
    }
  }
}

export function productKernels(functions: Binder): KernelTable {
  const multiply = product(functions)
  return {
    contract: multiply,
    linear: multiply,
    linear_activation: multiply,
    contract_activation_gradient: multiply,
  }
}
