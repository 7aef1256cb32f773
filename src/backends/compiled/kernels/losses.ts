/**
 * Losses over a distribution along the last axis of their logits, and the gradient of the one with labels.
 */
import type { Kernel, KernelTable } from '../../../run/device.ts'
import { inputOf, type Operand, type Site } from '../../../run/site.ts'
import { addressOf } from '../../foreign/held.ts'
import { axisOf, numberOf } from '../../tfjs/attributes.ts'
import { at, stridesAlong } from '../../tfjs/layout.ts'
import type { Binder } from '../functions.ts'
import { inputAt, nestArguments, optionalAt, resultOver } from './given.ts'

interface Lanes {
  readonly n: number
  /** The step of an operand along the axis; 0 if it is absent. */
  readonly stepOf: (operand: Operand | undefined) => number
  readonly rowsOf: (operands: readonly (Operand | undefined)[]) => readonly number[] | undefined
}

/**
 * Rows are the positions of all axes of the result but `axis`; an operand that lacks an axis is repeated
 * along it.
 */
function lanesOf(site: Site): Lanes {
  const axis = axisOf(site, 'axis')
  const first = inputOf(site, 0)
  const axes = site.output.axes.filter((a) => a !== axis)
  const shape = axes.map((a) => at(site.output.shape, site.output.axes.indexOf(a)))
  return {
    n: at(first.shape, first.axes.indexOf(axis)),
    stepOf: (operand) => (operand === undefined ? 0 : at(stridesAlong(operand, [axis]), 0)),
    rowsOf: (operands) => {
      const strides = operands.map((operand) =>
        operand === undefined ? axes.map(() => 0) : stridesAlong(operand, axes),
      )
      return shape.includes(0) ? undefined : nestArguments({ shape, strides })
    },
  }
}

interface RowLoss {
  readonly name: 'cross_entropy' | 'kl' | 'cross_entropy_labels'
  /** Whether the target has to be neighbours along the axis, too. */
  readonly dense: boolean
  /** What the logits are multiplied by. */
  readonly factor?: (site: Site) => number
}

function rowLoss(functions: Binder, { name, dense, factor = () => 1 }: RowLoss): Kernel {
  return (site) => {
    const [x, target, mask] = [inputOf(site, 0), inputOf(site, 1), site.inputs[2]]
    const { n, stepOf, rowsOf } = lanesOf(site)
    const rows = rowsOf([x, target, mask])
    const scale = factor(site)
    if (rows === undefined || n < 2 || scale <= 0) return undefined
    if (stepOf(x) !== 1 || (dense && stepOf(target) !== 1)) return undefined
    const call = functions.bind(name, [n, stepOf(target), stepOf(mask), scale, ...rows])
    return (inputs, { device }) => {
      const result = device.allocate(site.output.shape, 'float32')
      call(inputAt(site, inputs, 0), inputAt(site, inputs, 1), optionalAt(inputs, 2), addressOf(result))
      return result
    }
  }
}

const inverseDivisor = (site: Site): number => 1 / numberOf(site, 'divisor')

function divergenceGradient(functions: Binder): Kernel {
  return (site) => {
    const [s, t, g] = [inputOf(site, 0), inputOf(site, 1), inputOf(site, 2)]
    const { n, stepOf, rowsOf } = lanesOf(site)
    const rows = rowsOf([s, t, g])
    const scale = inverseDivisor(site)
    const last = site.output.axes.at(-1) === axisOf(site, 'axis')
    if (rows === undefined || n < 2 || scale <= 0 || !last || stepOf(s) !== 1 || stepOf(t) !== 1)
      return undefined
    const call = functions.bind('kl_gradient', [n, scale, ...rows])
    return (inputs, context) => {
      const result = resultOver(site, context)
      const [own, wanted, up] = [0, 1, 2].map((index) => inputAt(site, inputs, index))
      call(own ?? 0, wanted ?? 0, up ?? 0, optionalAt(inputs, 3), addressOf(result))
      return result
    }
  }
}

function labelsGradient(functions: Binder): Kernel {
  return (site) => {
    const [p, labels, g, mask] = [inputOf(site, 0), inputOf(site, 1), inputOf(site, 2), site.inputs[3]]
    const { n, stepOf, rowsOf } = lanesOf(site)
    const rows = rowsOf([p, labels, g, mask])
    const last = site.output.axes.at(-1) === axisOf(site, 'axis')
    if (rows === undefined || n < 2 || stepOf(p) !== 1 || !last) return undefined
    const call = functions.bind('cross_entropy_labels_gradient', [n, stepOf(mask), ...rows])
    return (inputs, context) => {
      const result = resultOver(site, context)
      const [shares, ids, up] = [0, 1, 2].map((index) => inputAt(site, inputs, index))
      call(shares ?? 0, ids ?? 0, up ?? 0, optionalAt(inputs, 3), addressOf(result))
      return result
    }
  }
}

export function lossKernels(functions: Binder): KernelTable {
  return {
    cross_entropy: rowLoss(functions, { name: 'cross_entropy', dense: false }),
    kl: rowLoss(functions, { name: 'kl', dense: true }),
    scaled_kl: rowLoss(functions, { name: 'kl', dense: true, factor: inverseDivisor }),
    kl_gradient: divergenceGradient(functions),
    cross_entropy_labels: rowLoss(functions, { name: 'cross_entropy_labels', dense: false }),
    cross_entropy_labels_gradient: labelsGradient(functions),
  }
}
