/**
 * Functions of one number, by oneDNN's element-wise primitive. Some of these give a number for NaN, where
 * TensorFlow.js requires NaN: it is restored. For relu, ELU with a negative side of zero is used, which keeps
 * NaN.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core'
import { argument, eltwise, purpose } from '../../bindings.ts'
import { areFloats, type Call, computed, input, isWorthACall, type Kernel, sizeOf } from '../call.ts'
import type { Description } from '../computations.ts'

export interface Curve {
  readonly eltwise: number
  readonly alpha: number
  readonly beta: number
}

export function curve(algorithm: number, alpha = 0, beta = 0): Curve {
  return { eltwise: algorithm, alpha, beta }
}

function describe(size: number, { eltwise: algorithm, alpha, beta }: Curve): Description {
  return {
    make: 'dnnl_eltwise_forward_primitive_desc_create',
    operands: [
      { as: argument.source, dims: [size] },
      { as: argument.destination, dims: [size] },
    ],
    parameters: ([x = 0, y = 0]) => [purpose.inference, algorithm, x, y, alpha, beta],
  }
}

/** The result has the shape of `x`. */
function applied(call: Call, of: Curve): ReturnType<Kernel> {
  const x = input(call, 'x')
  const size = sizeOf(x)
  if (!areFloats([x]) || !isWorthACall(size)) return undefined
  const key = `unary ${of.eltwise} ${of.alpha} ${of.beta} ${size}`
  return computed(call.backend, key, () => describe(size, of), [x], x.shape)
}

/** The result of a primitive that loses NaN, with those of `source` put back. */
export function withNaNOf(
  { backend }: Call,
  source: TensorInfo,
  result: TensorInfo | undefined,
): TensorInfo | undefined {
  if (result === undefined) return undefined
  const size = sizeOf(source)
  const from = backend.data.get(source.dataId).block?.floats(size)
  const to = backend.data.get(result.dataId).block?.floats(size)
  if (from === undefined || to === undefined) return result
  for (let i = 0; i < size; i++) {
    if (Number.isNaN(from[i])) to[i] = Number.NaN
  }
  return result
}

function unary(of: Curve): Kernel {
  return (call) => applied(call, of)
}

function clipped(call: Call, from: number, to: number): TensorInfo | undefined {
  return withNaNOf(call, input(call, 'x'), applied(call, curve(eltwise.clip, from, to)))
}

/** max(x, 0). */
const rectified = curve(eltwise.elu, 0)

/**
 * What a product or a convolution can be stored through. Undefined for none, and for what has to be done
 * afterwards.
 */
export function fusedCurve(activation: string, slope: number): Curve | undefined {
  if (activation === 'relu') return rectified
  if (activation === 'elu') return curve(eltwise.elu, 1)
  if (activation === 'sigmoid') return curve(eltwise.logistic)
  return activation === 'leakyrelu' ? curve(eltwise.relu, slope) : undefined
}

/** In two steps: the power of -0.5 takes minus infinity for a positive number. */
const rsqrt: Kernel = (call) => {
  const root = applied(call, curve(eltwise.sqrt))
  if (root === undefined) return undefined
  const result = applied({ ...call, inputs: { x: root } }, curve(eltwise.power, 1, -1))
  call.backend.disposeIntermediateTensorInfo(root)
  return result
}

export const unaryKernels = {
  Abs: unary(curve(eltwise.abs)),
  Elu: unary(curve(eltwise.elu, 1)),
  Exp: (call) => withNaNOf(call, input(call, 'x'), applied(call, curve(eltwise.exp))),
  Log: unary(curve(eltwise.log)),
  Neg: unary(curve(eltwise.linear, -1)),
  Reciprocal: unary(curve(eltwise.power, 1, -1)),
  Relu: unary(rectified),
  Relu6: (call) => clipped(call, 0, 6),
  Round: unary(curve(eltwise.round)),
  Rsqrt: rsqrt,
  Sigmoid: unary(curve(eltwise.logistic)),
  Softplus: unary(curve(eltwise.softRelu, 1)),
  Sqrt: unary(curve(eltwise.sqrt)),
  Square: unary(curve(eltwise.square)),
  Tanh: unary(curve(eltwise.tanh)),
  LeakyRelu: (call) => applied(call, curve(eltwise.relu, Number(call.attributes.alpha))),
  ClipByValue: (call) =>
    clipped(call, Number(call.attributes.clipValueMin), Number(call.attributes.clipValueMax)),
} satisfies { readonly [name: string]: Kernel }
