/**
 * Matrix products by the backend's own kernel. On wasm, a transpose flag or a batch leads into a scalar loop.
 * So operands are transposed first and leading axes are flattened. The transpose of a parameter is cached
 * until the parameter changes.
 */
import type { Device, Held, Kernel, Step } from '../../run/device.ts'
import { type Group, type Grouping, groupingOf, isDense, isLinear } from './grouping.ts'
import { onArrays } from './kernel.ts'
import { copyBlock } from './kernels/move.ts'
import { product as arrayProduct } from './kernels/product.ts'
import { rowMajor } from './layout.ts'

/** Below this many multiplications a call costs more than the work. */
const smallProduct = 4096

type Form = (held: Held, device: Device) => Held

/** Brings an operand to a dense [first, second] matrix; undefined where it is one. */
function matrixForm(
  first: Group,
  second: Group,
  strides: (group: Group) => readonly number[],
): Form | undefined {
  const shape = [...first.shape, ...second.shape]
  const along = [...strides(first), ...strides(second)]
  if (isDense(shape, along)) return undefined
  const copy = copyBlock(shape, { base: 0, strides: along }, { base: 0, strides: rowMajor(shape) })
  return (held, device) =>
    device.compute([held], [1, first.size, second.size], 'float32', ([x], output) =>
      copy(x ?? output, output),
    )
}

/** `contract` and `linear` through the kernels _FusedMatMul and BatchMatMul. */
export const product: Kernel = (site) => {
  const grouping = groupingOf(site)
  const { batch, rows, columns, summed } = grouping
  if (batch.size > 1 || rows.size * columns.size * summed.size < smallProduct || summed.size === 0)
    return onArrays(arrayProduct)(site)
  return wholeProduct(grouping, site.output.shape, isLinear(site), site.fixed)
}

function wholeProduct(
  { rows, columns, summed }: Grouping,
  shape: readonly number[],
  biased: boolean,
  fixed: readonly boolean[],
): Step {
  const leftForm = matrixForm(rows, summed, (group) => group.left)
  const rightForm = matrixForm(summed, columns, (group) => group.right)
  const resultForm = resultOrder(rows, columns, shape)
  return (inputs, context) => {
    const { device } = context
    const operand = (index: number, form: Form | undefined, matrix: readonly number[]): Held => {
      const held = inputs[index]
      if (held === undefined) throw new Error(`a product without operand ${index}`)
      if (form === undefined) return device.alias(held, matrix)
      if (fixed[index] === true)
        return context.derived(index, 'transposed', (original) => form(original, device))
      return form(held, device)
    }
    const a = operand(0, leftForm, [1, rows.size, summed.size])
    const b = operand(1, rightForm, [1, summed.size, columns.size])
    const bias = inputs[2]
    const flat = biased && bias !== undefined ? biasedProduct(device, a, b, bias) : plainProduct(device, a, b)
    device.release(a)
    device.release(b)
    const result = resultForm === undefined ? device.alias(flat, shape) : resultForm(flat, device)
    device.release(flat)
    return result
  }
}

function plainProduct(device: Device, a: Held, b: Held): Held {
  return device.kernel('BatchMatMul', { a, b }, { transposeA: false, transposeB: false })
}

/**
 * The fused kernel of `tensorflow` goes through the engine, which is not used here; two kernels are the same
 * to it.
 */
function biasedProduct(device: Device, a: Held, b: Held, bias: Held): Held {
  if (device.name !== 'tensorflow')
    return device.kernel(
      '_FusedMatMul',
      { a, b, bias },
      { transposeA: false, transposeB: false, activation: 'linear' },
    )
  const flat = plainProduct(device, a, b)
  const result = device.kernel('Add', { a: flat, b: bias }, {})
  device.release(flat)
  return result
}

/** From [rows, columns] to the axes of the result; undefined where they are in that order. */
function resultOrder(rows: Group, columns: Group, shape: readonly number[]): Form | undefined {
  const nest = [...rows.shape, ...columns.shape]
  const strides = [...rows.result, ...columns.result]
  if (isDense(nest, strides)) return undefined
  const copy = copyBlock(nest, { base: 0, strides: rowMajor(nest) }, { base: 0, strides })
  return (held, device) =>
    device.compute([held], shape, 'float32', ([x], output) => copy(x ?? output, output))
}
