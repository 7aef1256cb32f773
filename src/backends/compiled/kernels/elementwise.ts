/** Ops that work element by element. */
import type { Held, Kernel, KernelTable } from '../../../run/device.ts'
import { inputOf, type Site } from '../../../run/site.ts'
import { addressOf } from '../../foreign/held.ts'
import { stridesAlong } from '../../tfjs/layout.ts'
import type { Binder } from '../functions.ts'
import { binaryOps, comparisonOps, elementwise, gradientOps, unaryOps } from '../source/elementwise.ts'
import { inputAt, nestArguments, resultOver } from './given.ts'

type Names = {
  readonly unary: (typeof unaryOps)[number]
  readonly gradient: (typeof gradientOps)[number]
  readonly binary: (typeof binaryOps)[number] | (typeof comparisonOps)[number]
}

function unary(functions: Binder, op: Names['unary']): Kernel {
  return (site) => {
    if (inputOf(site, 0).dtype !== 'f32') return undefined
    const call = functions.bind(elementwise(op), [site.output.size])
    return (inputs, context) => {
      const result = resultOver(site, context)
      call(inputAt(site, inputs, 0), addressOf(result))
      return result
    }
  }
}

function gradient(functions: Binder, op: Names['gradient']): Kernel {
  return (site) => {
    const call = functions.bind(elementwise(op), [site.output.size])
    return (inputs, context) => {
      const result = resultOver(site, context)
      call(inputAt(site, inputs, 0), inputAt(site, inputs, 1), addressOf(result))
      return result
    }
  }
}

/** Operands along the axes of the result. */
function nestOf(site: Site): readonly number[] | undefined {
  const { axes, shape } = site.output
  // the result is a part of the nest, so that only what is dense in it becomes one dimension
  const strides = [...site.inputs, site.output].map((operand) => stridesAlong(operand, axes))
  return site.output.size === 0 ? undefined : nestArguments({ shape, strides })
}

function binary(functions: Binder, op: Names['binary']): Kernel {
  return (site) => {
    if ([0, 1].some((index) => inputOf(site, index).dtype !== 'f32')) return undefined
    const nest = nestOf(site)
    if (nest === undefined) return undefined
    const call = functions.bind(elementwise(op), nest)
    return (inputs, context) => {
      const result = resultOver(site, context)
      call(inputAt(site, inputs, 0), inputAt(site, inputs, 1), addressOf(result))
      return result
    }
  }
}

function select(functions: Binder): Kernel {
  return (site) => {
    const nest = nestOf(site)
    if (nest === undefined || site.output.dtype === 'bool') return undefined
    const call = functions.bind('each_select', nest)
    return (inputs: readonly Held[], context) => {
      const result = resultOver(site, context)
      const [c, x, y] = [0, 1, 2].map((index) => inputAt(site, inputs, index))
      call(c ?? 0, x ?? 0, y ?? 0, addressOf(result))
      return result
    }
  }
}

function table<T extends string>(ops: readonly T[], make: (op: T) => Kernel): KernelTable {
  return Object.fromEntries(ops.map((op) => [op, make(op)]))
}

export function elementwiseKernels(functions: Binder): KernelTable {
  return {
    ...table(unaryOps, (op) => unary(functions, op)),
    ...table(gradientOps, (op) => gradient(functions, op)),
    ...table(binaryOps, (op) => binary(functions, op)),
    ...table(comparisonOps, (op) => binary(functions, op)),
    select: select(functions),
  }
}
