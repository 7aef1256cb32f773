/**
 * Sums, means, extremes and products over axes. oneDNN is fast where the last axes go, so others are moved
 * there first; a sum over the first axes is a product with ones instead.
 */
import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core'
import { product } from '../../../tfjs/layout.ts'
import { argument, reduction } from '../../bindings.ts'
import {
  areFloats,
  type Call,
  computed,
  input,
  isWorthACall,
  type Kernel,
  runKernel,
  sizeOf,
} from '../call.ts'
import { transposed } from './movement.ts'

/** Lengths that one chain of additions in float32 is precise enough for. */
const chain = 1024

/** [outer, n] to [outer], by oneDNN's primitive. */
function alongRows(
  backend: Call['backend'],
  x: TensorInfo,
  algorithm: number,
  outer: number,
  n: number,
): TensorInfo | undefined {
  return computed(
    backend,
    `reduce ${algorithm} ${outer} ${n}`,
    () => ({
      make: 'dnnl_reduction_primitive_desc_create',
      operands: [
        { as: argument.source, dims: [outer, n] },
        { as: argument.destination, dims: [outer, 1] },
      ],
      parameters: ([from = 0, to = 0]) => [algorithm, from, to, 0, 0],
    }),
    [x],
    [outer],
  )
}

/**
 * The sum of everything: of pieces by oneDNN, of their sums and what is left by host code in double
 * precision.
 */
function total(backend: Call['backend'], x: TensorInfo): TensorInfo | undefined {
  const size = sizeOf(x)
  const pieces = Math.floor(size / chain)
  const sums = pieces === 0 ? undefined : alongRows(backend, x, reduction.sum, pieces, chain)
  if (sums === undefined) return undefined
  let sum = 0
  for (const piece of backend.data.get(sums.dataId).values) sum += Number(piece)
  const values = backend.data.get(x.dataId).values
  for (let i = pieces * chain; i < size; i++) sum += Number(values[i])
  backend.disposeIntermediateTensorInfo(sums)
  return backend.makeTensorInfo([1], 'float32', Float32Array.of(sum))
}

/** [n, inner] to [inner]: ones times a matrix. */
function columnSums(backend: Call['backend'], x: TensorInfo, n: number, inner: number): TensorInfo {
  const ones = backend.makeTensorInfo([1, n], 'float32', new Float32Array(n).fill(1))
  const matrix = { ...x, shape: [n, inner] }
  const sums = runKernel(
    backend,
    'BatchMatMul',
    { a: ones, b: matrix },
    { transposeA: false, transposeB: false },
  )
  backend.disposeIntermediateTensorInfo(ones)
  return sums
}

/** Rows of [outer, n] whose sum is NaN: only those can have a NaN. */
export function suspectRows(backend: Call['backend'], x: TensorInfo, outer: number, n: number): number[] {
  const sums = alongRows(backend, x, reduction.sum, outer, n)
  if (sums === undefined) return []
  const rows: number[] = []
  backend.data
    .get(sums.dataId)
    .block?.floats(outer)
    .forEach((sum, row) => {
      if (Number.isNaN(sum)) rows.push(row)
    })
  backend.disposeIntermediateTensorInfo(sums)
  return rows
}

/**
 * `extremes` of rows of `x`, which the primitive takes as if NaN were not there, with NaN where a row has
 * one.
 */
function withNaN(backend: Call['backend'], x: TensorInfo, extremes: TensorInfo, n: number): TensorInfo {
  const result = backend.data.get(extremes.dataId).block?.floats(sizeOf(extremes))
  const from = backend.data.get(x.dataId).block?.floats(sizeOf(x))
  for (const row of suspectRows(backend, x, sizeOf(extremes), n)) {
    if (result && from?.subarray(row * n, (row + 1) * n).some(Number.isNaN)) result[row] = Number.NaN
  }
  return extremes
}

/** [outer, n] to [outer], NaN where there is one among the `n`. */
function reducedRows(
  backend: Call['backend'],
  x: TensorInfo,
  algorithm: number,
  outer: number,
  n: number,
): TensorInfo | undefined {
  const result = alongRows(backend, x, algorithm, outer, n)
  const isExtreme = algorithm === reduction.maximum || algorithm === reduction.minimum
  return result !== undefined && isExtreme ? withNaN(backend, x, result, n) : result
}

function reduced(call: Call, algorithm: number): TensorInfo | undefined {
  const { backend, attributes } = call
  const x = input(call, 'x')
  const { shape } = x
  const size = sizeOf(x)
  if (!areFloats([x]) || !isWorthACall(size)) return undefined
  const given = attributes.axis ?? attributes.reductionIndices
  const axes = util.parseAxisParam(given as number | number[], shape)
  const [kept] = backend_util.computeOutAndReduceShapes(shape, axes)
  const outer = product(kept)
  const n = size / outer
  if (n === 1) return undefined
  const isSum = algorithm === reduction.sum
  const leads = axes.every((axis, i) => axis === i)
  const order = backend_util.getAxesPermutation(axes, shape.length)
  let result: TensorInfo | undefined
  if (isSum && outer === 1 && size > chain) result = total(backend, x)
  else if (isSum && leads && outer > 1) result = columnSums(backend, x, n, outer)
  else if (order === null || order === undefined) result = reducedRows(backend, x, algorithm, outer, n)
  else {
    const moved = transposed(backend, x, order)
    if (moved === undefined) return undefined
    result = reducedRows(backend, moved, algorithm, outer, n)
    backend.disposeIntermediateTensorInfo(moved)
  }
  if (result === undefined) return undefined
  const final = attributes.keepDims === true ? backend_util.expandShapeToKeepDim(kept, axes) : kept
  return { ...result, shape: final }
}

function reducing(algorithm: number): Kernel {
  return (call) => reduced(call, algorithm)
}

const mean: Kernel = (call) => {
  const sums = reduced(call, reduction.sum)
  if (sums === undefined) return undefined
  const share = sizeOf(sums) / sizeOf(input(call, 'x'))
  const values = call.backend.data.get(sums.dataId).values
  if (!Array.isArray(values))
    values.forEach((sum, i) => {
      values[i] = sum * share
    })
  return sums
}

export const reductionKernels = {
  Sum: reducing(reduction.sum),
  Mean: mean,
  Max: reducing(reduction.maximum),
  Min: reducing(reduction.minimum),
  Prod: reducing(reduction.product),
} satisfies { readonly [name: string]: Kernel }
