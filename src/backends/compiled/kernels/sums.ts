/** Sums over any axes, and the greatest or least along one. */
import type { Kernel, KernelTable, Step } from '../../../run/device.ts'
import { inputOf, type Site } from '../../../run/site.ts'
import { addressOf } from '../../foreign/held.ts'
import { axesOf, axisOf } from '../../tfjs/attributes.ts'
import { at, collapse, product, rowMajor, splitAt, stridesAlong } from '../../tfjs/layout.ts'
import type { Binder, Call } from '../functions.ts'
import { inputAt, nestArguments } from './given.ts'

function running(site: Site, call: Call): Step {
  return (inputs, { device }) => {
    const result = device.allocate(site.output.shape, 'float32')
    call(inputAt(site, inputs, 0), addressOf(result))
    return result
  }
}

/**
 * Rows of neighbours that are added up, perhaps several times: [rows, n] or [count, rows, n], the result [n]
 * or [count, n].
 */
function columns(
  functions: Binder,
  shape: readonly number[],
  from: readonly number[],
  to: readonly number[],
) {
  const last = shape.length - 1
  const plain = last >= 1 && last <= 2 && to[last] === 1 && from[last] === 1 && to[last - 1] === 0
  if (!plain || (last === 2 && to[0] !== shape[last])) return undefined
  const [count, apart] = last === 2 ? [at(shape, 0), at(from, 0)] : [1, 0]
  return functions.bind('sum_columns', [
    count,
    at(shape, last - 1),
    at(shape, last),
    apart,
    at(from, last - 1),
  ])
}

function sum(functions: Binder): Kernel {
  return (site) => {
    const input = inputOf(site, 0)
    if (input.size === 0) return undefined
    const summed = axesOf(site, 'axes')
    const target = stridesAlong(site.output, input.axes)
    const own = rowMajor(input.shape)
    const along = input.axes.map((axis, d) => (summed.includes(axis) ? 0 : at(target, d)))
    const nest = collapse({ shape: input.shape, strides: [own, along] })
    const [from = [], to = []] = nest.strides
    const call = columns(functions, nest.shape, from, to)
    if (call !== undefined) return running(site, call)
    const part = (kept: boolean) => {
      const places = input.axes.flatMap((axis, d) => (summed.includes(axis) === kept ? [] : [d]))
      return nestArguments({
        shape: places.map((d) => at(input.shape, d)),
        strides: [places.map((d) => at(own, d))],
      })
    }
    const [kept, others] = [part(true), part(false)]
    // elements of the result are counted in its own order
    const order = site.output.axes.join() === input.axes.filter((axis) => !summed.includes(axis)).join()
    if (kept === undefined || others === undefined || !order) return undefined
    return running(site, functions.bind('sum_each', [...kept, ...others]))
  }
}

function extreme(functions: Binder, sign: 1 | -1): Kernel {
  return (site) => {
    const input = inputOf(site, 0)
    if (input.dtype !== 'f32' || input.size === 0) return undefined
    const { outer, n, inner } = splitAt(input, axisOf(site, 'axis'))
    if (outer * inner !== product(site.output.shape)) return undefined
    return running(site, functions.bind('extreme', [outer, n, inner, sign]))
  }
}

export function sumKernels(functions: Binder): KernelTable {
  return { sum: sum(functions), max: extreme(functions, 1), min: extreme(functions, -1) }
}
