/** Rows taken by index, and sums of rows by index: host code that copies complete rows of native memory. */
import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core'
import { at, product } from '../../../tfjs/layout.ts'
import { areFloats, type Call, input, isWorthACall, type Kernel, sizeOf } from '../call.ts'

const gather: Kernel = (call) => {
  const { backend, attributes } = call
  const [x, indices] = [input(call, 'x'), input(call, 'indices')]
  const axis = at(util.parseAxisParam(Number(attributes.axis), x.shape), 0)
  const batchDims = Number(attributes.batchDims ?? 0)
  const rows = backend.data.get(indices.dataId).values
  const from = backend.data.get(x.dataId).values
  if (Array.isArray(from) || Array.isArray(rows) || batchDims !== 0 || sizeOf(x) === 0) return undefined
  const limit = at(x.shape, axis)
  for (const index of rows)
    util.assert(
      index >= 0 && index <= limit - 1,
      () => `GatherV2: the index value ${index} is not in [0, ${limit - 1}]`,
    )
  const { outputShape } = backend_util.segment_util.collectGatherOpShapeInfo(
    x as never,
    indices as never,
    axis,
    batchDims,
  )
  const result = backend.output(outputShape, x.dtype)
  const to = backend.data.get(result.dataId).values
  if (Array.isArray(to)) return undefined
  const width = product(x.shape.slice(axis + 1))
  const outer = product(x.shape.slice(0, axis))
  let place = 0
  for (let o = 0; o < outer; o++) {
    const start = o * limit
    for (let i = 0; i < rows.length; i++, place += width) {
      const first = (start + at(rows, i)) * width
      if (width < shortRow) for (let k = 0; k < width; k++) to[place + k] = at(from, first + k)
      else to.set(from.subarray(first, first + width), place)
    }
  }
  return result
}

/** Rows so short that a call to move one takes longer than its elements. */
const shortRow = 16

const unsortedSegmentSum: Kernel = (call) => {
  const { backend, attributes } = call
  const [x, segments] = [input(call, 'x'), input(call, 'segmentIds')]
  const count = Number(attributes.numSegments)
  const ids = backend.data.get(segments.dataId).values
  if (!areFloats([x]) || Array.isArray(ids) || !isWorthACall(sizeOf(x))) return undefined
  const shape = [count, ...x.shape.slice(segments.shape.length)]
  const width = product(shape.slice(1))
  const result = backend.output(shape, 'float32')
  const to = backend.data.get(result.dataId).block?.floats(count * width)
  const from = backend.data.get(x.dataId).block?.floats(sizeOf(x))
  if (to === undefined || from === undefined) return undefined
  to.fill(0)
  for (let i = 0; i < ids.length; i++) {
    const id = at(ids, i)
    if (id < 0 || id >= count) continue
    for (let k = 0, target = id * width, source = i * width; k < width; k++, target++, source++)
      to[target] = (to[target] as number) + (from[source] as number)
  }
  return result
}

/** Repeats along each axis, from the last to the first, so that what is repeated grows. */
const tile: Kernel = (call) => {
  const { backend, attributes } = call
  const x = input(call, 'x')
  const reps = attributes.reps as readonly number[]
  const shape = x.shape.map((n, d) => n * at(reps, d))
  if (x.dtype === 'string' || x.dtype === 'complex64' || reps.length !== x.shape.length) return undefined
  if (!isWorthACall(product(shape))) return undefined
  let value: TensorInfo = x
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const times = at(reps, axis)
    if (times === 1) continue
    const next = repeated(backend, value, axis, times)
    if (value !== x) backend.disposeIntermediateTensorInfo(value)
    value = next
  }
  if (value !== x) return value
  backend.incRef(x.dataId)
  return { dataId: x.dataId, shape, dtype: x.dtype }
}

function repeated(backend: Call['backend'], x: TensorInfo, axis: number, times: number): TensorInfo {
  const shape = x.shape.map((n, d) => (d === axis ? n * times : n))
  const result = backend.output(shape, x.dtype)
  const from = backend.data.get(x.dataId).values
  const to = backend.data.get(result.dataId).values
  if (Array.isArray(from) || Array.isArray(to)) throw new Error('repeated text')
  const width = product(x.shape.slice(axis))
  for (let start = 0, place = 0; start < from.length; start += width) {
    for (let i = 0; i < times; i++, place += width) {
      if (width < shortRow) for (let k = 0; k < width; k++) to[place + k] = at(from, start + k)
      else to.set(from.subarray(start, start + width), place)
    }
  }
  return result
}

/** Of two values of one shape, by a condition of that shape. */
const select: Kernel = (call) => {
  const { backend } = call
  const [condition, yes, no] = [input(call, 'condition'), input(call, 't'), input(call, 'e')]
  const size = sizeOf(yes)
  if (!areFloats([yes, no]) || sizeOf(condition) !== size || !isWorthACall(size)) return undefined
  const result = backend.output(yes.shape, 'float32')
  const is = backend.data.get(condition.dataId).block?.octets(size)
  const [a, b, to] = [yes, no, result].map(({ dataId }) => backend.data.get(dataId).block?.floats(size))
  if (is === undefined || a === undefined || b === undefined || to === undefined) return undefined
  for (let i = 0; i < size; i++) to[i] = (is[i] === 0 ? b[i] : a[i]) as number
  return result
}

export const lookupKernels = {
  GatherV2: gather,
  UnsortedSegmentSum: unsortedSegmentSum,
  Tile: tile,
  Select: select,
} satisfies { readonly [name: string]: Kernel }
