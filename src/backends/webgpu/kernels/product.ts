/**
 * Matrix products by the kernels of TensorFlow.js, which take either operand transposed: one in another order
 * is brought into one of the two first.
 */
import type { Held, Kernel, KernelTable } from '../../../run/device.ts'
import { activated } from '../../tfjs/activated.ts'
import { type Group, groupingOf, isDense, isLinear } from '../../tfjs/grouping.ts'
import { rowMajor } from '../../tfjs/layout.ts'
import type { WebGpuDevice } from '../device.ts'
import { copier } from './move.ts'

interface Form {
  readonly transposed: boolean
  readonly shape: readonly number[]
  /** Absent if the operand has that layout already. */
  readonly copy?: (x: Held) => Held
}

type Strides = (group: Group) => readonly number[]

/** An operand as [batch, first, second], or as [batch, second, first] if that is its layout. */
function formOf(device: WebGpuDevice, batch: Group, first: Group, second: Group, strides: Strides): Form {
  const lies = (groups: readonly Group[]): boolean =>
    isDense(
      groups.flatMap((group) => group.shape),
      groups.flatMap(strides),
    )
  if (lies([batch, first, second])) return { transposed: false, shape: [batch.size, first.size, second.size] }
  if (lies([batch, second, first])) return { transposed: true, shape: [batch.size, second.size, first.size] }
  const groups = [batch, first, second]
  const nest = groups.flatMap((group) => group.shape)
  const shape = groups.map((group) => group.size)
  const copy = copier(device, {
    shape: nest,
    from: { base: 0, strides: groups.flatMap(strides) },
    to: { base: 0, strides: rowMajor(nest) },
  })
  return { transposed: false, shape, copy: (x) => copy(x, { shape, dtype: 'float32' }) }
}

/** `contract`, and `linear` with its bias. */
function product(device: WebGpuDevice): Kernel {
  return (site) => {
    const { batch, rows, columns, summed } = groupingOf(site)
    const shape = [...site.output.shape]
    if (summed.size === 0) return () => device.zeros({ shape, dtype: 'float32' })
    const left = formOf(device, batch, rows, summed, (group) => group.left)
    const right = formOf(device, batch, summed, columns, (group) => group.right)
    const groups = [batch, rows, columns]
    const nest = groups.flatMap((group) => group.shape)
    const result = groups.flatMap((group) => group.result)
    const turn = isDense(nest, result)
      ? undefined
      : copier(device, {
          shape: nest,
          from: { base: 0, strides: rowMajor(nest) },
          to: { base: 0, strides: result },
        })
    const attributes = { transposeA: left.transposed, transposeB: right.transposed }
    const biased = isLinear(site)
    return (inputs) => {
      const operand = (index: number, form: Form): Held => {
        const x = inputs[index]
        if (x === undefined) throw new Error(`${site.op}: operand ${index} is missing`)
        return form.copy?.(x) ?? device.alias(x, form.shape)
      }
      const [a, b] = [operand(0, left), operand(1, right)]
      const made = groups.map((group) => group.size)
      const bias = biased ? inputs[2] : undefined
      const flat =
        bias === undefined
          ? device.library('BatchMatMul', { a, b }, attributes, made)
          : device.library('_FusedMatMul', { a, b, bias }, { ...attributes, activation: 'linear' }, made)
      device.release(a)
      device.release(b)
      const whole = turn === undefined ? device.alias(flat, shape) : turn(flat, { shape, dtype: 'float32' })
      device.release(flat)
      return whole
    }
  }
}

/** `table`: the activations by name. */
export function productKernels(device: WebGpuDevice, table: () => KernelTable): KernelTable {
  const multiply = product(device)
  return {
    contract: multiply,
    linear: multiply,
    linear_activation: activated(multiply, table),
    contract_activation_gradient: activated(multiply, table),
  }
}
