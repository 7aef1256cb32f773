/** softmax, log_softmax and their gradients along the last axis. */
import type { Kernel, KernelTable } from '../../../run/device.ts'
import { inputOf, type Operand, type Site } from '../../../run/site.ts'
import { addressOf } from '../../foreign/held.ts'
import { axisOf, numberOf } from '../../tfjs/attributes.ts'
import { at, stridesAlong } from '../../tfjs/layout.ts'
import type { Binder } from '../functions.ts'
import { inputAt, nestArguments, optionalAt, resultOver } from './given.ts'

function alongLast(site: Site, { axes }: Operand): boolean {
  return axes.at(-1) === axisOf(site, 'axis')
}

/** x must be dense along the axis; mask and bias may have any strides. */
function shares(functions: Binder, name: 'softmax' | 'log_softmax'): Kernel {
  return (site) => {
    const x = inputOf(site, 0)
    if (!alongLast(site, x) || x.size === 0) return undefined
    const scaled = site.op === 'scaled_softmax'
    const [maskIndex, biasIndex] = scaled ? [2, 1] : [1, -1]
    const outer = x.axes.slice(0, -1)
    const rowsOf = (operand: Operand | undefined): number[] =>
      operand === undefined ? outer.map(() => 0) : stridesAlong(operand, outer)
    const stepOf = (operand: Operand | undefined): number =>
      operand === undefined ? 0 : at(stridesAlong(operand, x.axes.slice(-1)), 0)
    const [mask, bias] = [site.inputs[maskIndex], site.inputs[biasIndex]]
    const rows = nestArguments({ shape: x.shape.slice(0, -1), strides: [rowsOf(mask), rowsOf(bias)] })
    if (rows === undefined) return undefined
    const n = x.shape.at(-1) ?? 0
    const factor = scaled ? 1 / numberOf(site, 'divisor') : 1
    const call = functions.bind(name, [n, factor, stepOf(mask), stepOf(bias), ...rows])
    return (inputs, context) => {
      const result = resultOver(site, context)
      call(
        inputAt(site, inputs, 0),
        addressOf(result),
        optionalAt(inputs, maskIndex),
        optionalAt(inputs, biasIndex),
      )
      return result
    }
  }
}

function gradient(functions: Binder): Kernel {
  return (site) => {
    const { output } = site
    if (!alongLast(site, output) || output.size === 0) return undefined
    const n = output.shape.at(-1) ?? 0
    const scaled = site.op === 'scaled_softmax_gradient'
    const factor = scaled ? 1 / numberOf(site, 'divisor') : 1
    const call = functions.bind('softmax_gradient', [output.size / n, n, factor])
    return (inputs, context) => {
      const result = resultOver(site, context)
      const d = scaled ? inputAt(site, inputs, 2) : 0
      call(inputAt(site, inputs, 0), inputAt(site, inputs, 1), d, addressOf(result))
      return result
    }
  }
}

function dropoutGradient(functions: Binder): Kernel {
  return (site) => {
    const { output } = site
    if (!alongLast(site, output) || output.size === 0) return undefined
    const n = output.shape.at(-1) ?? 0
    const factors = [1 / numberOf(site, 'divisor'), 1 / (1 - numberOf(site, 'rate'))]
    const call = functions.bind('dropout_softmax_gradient', [output.size / n, n, ...factors])
    return (inputs, context) => {
      const result = resultOver(site, context)
      const [y = 0, g = 0, kept = 0] = [0, 1, 2].map((index) => inputAt(site, inputs, index))
      call(y, g, kept, addressOf(result))
      return result
    }
  }
}

function logGradient(functions: Binder): Kernel {
  return (site) => {
    const { output } = site
    if (!alongLast(site, output) || output.size === 0) return undefined
    const n = output.shape.at(-1) ?? 0
    const call = functions.bind('log_softmax_gradient', [output.size / n, n])
    return (inputs, context) => {
      const result = resultOver(site, context)
      call(inputAt(site, inputs, 0), inputAt(site, inputs, 1), addressOf(result))
      return result
    }
  }
}

export function softmaxKernels(functions: Binder): KernelTable {
  return {
    softmax: shares(functions, 'softmax'),
    scaled_softmax: shares(functions, 'softmax'),
    log_softmax: shares(functions, 'log_softmax'),
    softmax_gradient: gradient(functions),
    scaled_softmax_gradient: gradient(functions),
    dropout_softmax_gradient: dropoutGradient(functions),
    log_softmax_gradient: logGradient(functions),
  }
}
