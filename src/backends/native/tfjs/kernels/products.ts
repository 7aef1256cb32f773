/**
 * Matrix products, in batches, with what may follow them: a bias and a function of each number are done where
 * the product is stored.
 */
import { broadcast_util, type TensorInfo, util } from '@tensorflow/tfjs-core'
import { at, product } from '../../../tfjs/layout.ts'
import { argument, binary } from '../../bindings.ts'
import { addressIn, areFloats, type Call, input, isWorthACall, type Kernel, runKernel } from '../call.ts'
import type { Description, Extent, PostOp } from '../computations.ts'
import { fusedCurve } from './unary.ts'

/** Multiplications of host code that take as long as one element's share of a call. */
const multiplicationsAnElement = 4

/** A matrix of each place of a batch, as the product reads it. */
interface Side {
  readonly batch: readonly number[]
  readonly rows: number
  readonly columns: number
  readonly transposed: boolean
}

function sideOf({ shape }: TensorInfo, transposed: boolean): Side {
  const [rows, columns] = [at(shape, shape.length - 2), at(shape, shape.length - 1)]
  const batch = shape.slice(0, -2)
  return transposed
    ? { batch, rows: columns, columns: rows, transposed }
    : { batch, rows, columns, transposed }
}

function layoutOf({ batch, rows, columns, transposed }: Side, rank: number): Extent {
  const outer = [...new Array<number>(rank - 2 - batch.length).fill(1), ...batch]
  const strides = transposed ? [1, rows] : [columns, 1]
  let step = rows * columns
  for (const n of [...outer].reverse()) {
    strides.unshift(step)
    step *= n
  }
  return { dims: [...outer, rows, columns], strides }
}

/** A batch of left sides over one right side is one product of all their rows. */
function joined(left: Side, right: Side): Side {
  if (product(right.batch) !== 1 || left.transposed) return left
  return { ...left, batch: [], rows: left.rows * product(left.batch) }
}

function describe(left: Extent, right: Extent, output: Extent, postOps: readonly PostOp[]): Description {
  return {
    make: 'dnnl_matmul_primitive_desc_create',
    operands: [
      { as: argument.source, ...left },
      { as: argument.weights, ...right },
      { as: argument.destination, ...output },
    ],
    parameters: ([a = 0, b = 0, y = 0]) => [a, b, 0, y],
    postOps,
  }
}

/** The product of `a` and `b`, `bias` added and a function applied that a product can be stored through. */
function multiplied(call: Call, bias: TensorInfo | undefined, activation: string): TensorInfo | undefined {
  const { backend, attributes } = call
  const [a, b] = [input(call, 'a'), input(call, 'b')]
  if (!areFloats(bias === undefined ? [a, b] : [a, b, bias])) return undefined
  const whole = sideOf(a, attributes.transposeA === true)
  const right = sideOf(b, attributes.transposeB === true)
  util.assert(
    whole.columns === right.rows,
    () =>
      `Error in matMul: inner shapes (${whole.columns}) and (${right.rows}) of [${a.shape}] and [${b.shape}] differ`,
  )
  const outer = broadcast_util.assertAndGetBroadcastShape([...whole.batch], [...right.batch])
  const shape = [...outer, whole.rows, right.columns]
  if (!isWorthACall(Math.ceil((product(shape) * whole.columns) / multiplicationsAnElement))) return undefined
  const left = bias === undefined || bias.shape.length <= 1 ? joined(whole, right) : whole
  const isJoined = left !== whole
  const batch = isJoined ? [] : outer
  const output: Extent = { dims: [...batch, left.rows, right.columns] }
  const rank = output.dims.length
  const postOps: PostOp[] = []
  if (bias !== undefined) {
    const dims = [...new Array<number>(rank - Math.min(rank, bias.shape.length)).fill(1), ...bias.shape]
    if (dims.length !== rank) return undefined
    postOps.push({ binary: binary.add, with: { dims } })
  }
  const curve = fusedCurve(activation, Number(attributes.leakyreluAlpha ?? 0))
  if (curve !== undefined) postOps.push(curve)
  const sides = [
    layoutOf(left, rank),
    layoutOf({ ...right, batch: isJoined ? [] : right.batch }, rank),
  ] as const
  const form = ({ dims, strides }: Extent): string => `${dims}/${strides}`
  const key = `product ${form(sides[0])} ${form(sides[1])} ${bias?.shape} ${curve?.eltwise} ${curve?.alpha}`
  const result = backend.output(shape, 'float32')
  const values = bias === undefined ? [a, b, result] : [a, b, result, bias]
  const addresses = values.map((value) => addressIn(backend, value))
  if (backend.computations.run(key, () => describe(...sides, output, postOps), addresses)) return result
  backend.disposeIntermediateTensorInfo(result)
  return undefined
}

const batchMatMul: Kernel = (call) => multiplied(call, undefined, 'linear')

const fusedMatMul: Kernel = (call) => {
  const { attributes, inputs, backend } = call
  const activation = String(attributes.activation ?? 'linear')
  const result = multiplied(call, inputs.bias ?? undefined, activation)
  return result === undefined
    ? undefined
    : activated(backend, result, activation, inputs.preluActivationWeights)
}

/** `value` through a function that could not be fused; `value` itself is given up. */
export function activated(
  backend: Call['backend'],
  value: TensorInfo,
  activation: string,
  slopes: TensorInfo | undefined,
): TensorInfo {
  if (activation !== 'relu6' && activation !== 'prelu') return value
  const result =
    activation === 'relu6'
      ? runKernel(backend, 'Relu6', { x: value })
      : runKernel(backend, 'Prelu', { x: value, alpha: slopes })
  backend.disposeIntermediateTensorInfo(value)
  return result
}

export const productKernels = {
  BatchMatMul: batchMatMul,
  _FusedMatMul: fusedMatMul,
} satisfies { readonly [name: string]: Kernel }
