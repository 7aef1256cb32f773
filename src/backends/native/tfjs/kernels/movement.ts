/**
 * Values put elsewhere in another order, by oneDNN's reorder primitive, which any two strided views of an
 * array make.
 */
import { backend_util, type DataType, slice_util, type TensorInfo, util } from '@tensorflow/tfjs-core'
import { at, product, rowMajor } from '../../../tfjs/layout.ts'
import { argument, type DataType as ElementType, elementBytes } from '../../bindings.ts'
import { addressIn, type Call, computed, input, isWorthACall, type Kernel, sizeOf } from '../call.ts'

/** How elements are moved, by type; others are host code's. */
function elementOf(dtype: DataType): ElementType | undefined {
  const types: { readonly [dtype in DataType]?: ElementType } = { float32: 'f32', int32: 's32', bool: 'u8' }
  return types[dtype]
}

/** A strided view: an address, and steps in elements. */
interface View {
  readonly address: number
  readonly strides: readonly number[]
}

/** Whole numbers and truths as real numbers; other casts are left to host code. */
const cast: Kernel = (call) => {
  const { backend, attributes } = call
  const x = input(call, 'x')
  const from = elementOf(backend.data.get(x.dataId).dtype)
  const size = sizeOf(x)
  if (attributes.dtype !== 'float32' || from === undefined || from === 'f32' || !isWorthACall(size))
    return undefined
  return computed(
    backend,
    `cast ${from} ${size}`,
    () => ({
      make: 'dnnl_reorder_primitive_desc_create',
      operands: [
        { as: argument.source, dims: [size], type: from },
        { as: argument.destination, dims: [size] },
      ],
      parameters: ([a = 0, b = 0], _numbers, engine) => [a, engine, b, engine],
    }),
    [x],
    x.shape,
  )
}

/** Copies what one view shows to where another one shows it. */
function move(
  backend: Call['backend'],
  dims: readonly number[],
  type: ElementType,
  from: View,
  to: View,
): boolean {
  return backend.computations.run(
    `move ${type} ${dims} ${from.strides} ${to.strides}`,
    () => ({
      make: 'dnnl_reorder_primitive_desc_create',
      operands: [
        { as: argument.source, dims, strides: from.strides, type },
        { as: argument.destination, dims, strides: to.strides, type },
      ],
      parameters: ([x = 0, y = 0], _numbers, engine) => [x, engine, y, engine],
    }),
    [from.address, to.address],
  )
}

/** Axes in another order. Undefined where it is nothing for oneDNN. */
export function transposed(
  backend: Call['backend'],
  x: TensorInfo,
  permutation: readonly number[],
): TensorInfo | undefined {
  const type = elementOf(x.dtype)
  if (type === undefined || !isWorthACall(sizeOf(x))) return undefined
  const shape = permutation.map((d) => at(x.shape, d))
  const result = backend.output(shape, x.dtype)
  const own = rowMajor(x.shape)
  const strides = permutation.map((d) => at(own, d))
  const from = { address: addressIn(backend, x), strides }
  if (move(backend, shape, type, from, { address: addressIn(backend, result), strides: rowMajor(shape) }))
    return result
  backend.disposeIntermediateTensorInfo(result)
  return undefined
}

const transpose: Kernel = (call) => {
  const { perm } = call.attributes
  return Array.isArray(perm) ? transposed(call.backend, input(call, 'x'), perm) : undefined
}

/** A box of `size` from `begin` on. */
function cut(
  backend: Call['backend'],
  x: TensorInfo,
  begin: readonly number[],
  size: readonly number[],
): TensorInfo | undefined {
  const type = elementOf(x.dtype)
  if (type === undefined || size.length === 0 || !isWorthACall(product(size))) return undefined
  const strides = rowMajor(x.shape)
  const offset = begin.reduce((sum, b, d) => sum + b * at(strides, d), 0)
  const result = backend.output(size, x.dtype)
  const from = { address: addressIn(backend, x) + offset * elementBytes[type], strides }
  if (move(backend, size, type, from, { address: addressIn(backend, result), strides: rowMajor(size) }))
    return result
  backend.disposeIntermediateTensorInfo(result)
  return undefined
}

const slice: Kernel = (call) => {
  const x = input(call, 'x')
  const { begin, size } = call.attributes
  const [from = [], by = []] = slice_util.parseSliceParams(x, begin as number[], size as number[])
  slice_util.assertParamsValid(x, from, by)
  return cut(call.backend, x, from, by)
}

const pad: Kernel = (call) => {
  const { backend, attributes } = call
  const x = input(call, 'x')
  const paddings = attributes.paddings as readonly (readonly [number, number])[]
  const shape = x.shape.map((n, d) => n + at(entry(paddings, d), 0) + at(entry(paddings, d), 1))
  const type = elementOf(x.dtype)
  if (type === undefined || x.shape.length === 0 || sizeOf(x) === 0 || !isWorthACall(product(shape)))
    return undefined
  const result = backend.output(shape, x.dtype)
  const room = backend.data.get(result.dataId).values
  if (!Array.isArray(room)) room.fill(Number(attributes.constantValue))
  const strides = rowMajor(shape)
  const offset = paddings.reduce((sum, [before], d) => sum + before * at(strides, d), 0)
  const to = { address: addressIn(backend, result) + offset * elementBytes[type], strides }
  if (move(backend, x.shape, type, { address: addressIn(backend, x), strides: rowMajor(x.shape) }, to))
    return result
  backend.disposeIntermediateTensorInfo(result)
  return undefined
}

/** Element `i` of a list; throws outside it. */
function entry<T>(list: readonly T[], i: number): T {
  const value = list[i]
  if (value === undefined) throw new RangeError(`index ${i} of ${list.length}`)
  return value
}

const concat: Kernel = (call) => {
  const { backend, attributes, inputs } = call
  const values = Object.values(inputs).flatMap((value) => (value ? [value] : []))
  const [first] = values
  if (first === undefined) return undefined
  const axis = at(util.parseAxisParam(Number(attributes.axis), first.shape), 0)
  const shapes = values.map(({ shape }) => shape)
  backend_util.assertParamsConsistent(shapes, axis)
  const shape = backend_util.computeOutShape(shapes, axis)
  const type = elementOf(first.dtype)
  const alike = values.every(({ dtype }) => dtype === first.dtype)
  if (type === undefined || !alike || !isWorthACall(product(shape))) return undefined
  const result = backend.output(shape, first.dtype)
  const strides = rowMajor(shape)
  let offset = 0
  for (const value of values) {
    const n = at(value.shape, axis)
    const to = { address: addressIn(backend, result) + offset * elementBytes[type], strides }
    const from = { address: addressIn(backend, value), strides: rowMajor(value.shape) }
    if (sizeOf(value) > 0 && !move(backend, value.shape, type, from, to)) {
      backend.disposeIntermediateTensorInfo(result)
      return undefined
    }
    offset += n * at(strides, axis)
  }
  return result
}

export const movementKernels = {
  Cast: cast,
  Transpose: transpose,
  Slice: slice,
  PadV2: pad,
  Concat: concat,
} satisfies { readonly [name: string]: Kernel }
