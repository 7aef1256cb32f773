/** Functions of one number, by oneDNN's element-wise primitive. */
import { argument, eltwise } from '../../bindings.ts'
import { areFloats, type Call, computed, input, isWorthACall, type Kernel, sizeOf } from '../call.ts'
import type { Description } from '../primitives.ts'

const inference = 96

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
    parameters: ([x = 0, y = 0]) => [inference, algorithm, x, y, alpha, beta],
  }
}

/** The result has the shape of `x`. */
export function applied(call: Call, of: Curve): ReturnType<Kernel> {
  const x = input(call, 'x')
  const size = sizeOf(x)
  if (!areFloats([x]) || !isWorthACall(size)) return undefined
  const key = `unary ${of.eltwise} ${of.alpha} ${of.beta} ${size}`
  return computed(call.backend, key, () => describe(size, of), [x], x.shape)
}

function unary(of: Curve): Kernel {
  return (call) => applied(call, of)
}

export const unaryKernels = {
  Abs: unary(curve(eltwise.abs)),
  Elu: unary(curve(eltwise.elu, 1)),
  Exp: unary(curve(eltwise.exp)),
  Log: unary(curve(eltwise.log)),
  Neg: unary(curve(eltwise.linear, -1)),
  Reciprocal: unary(curve(eltwise.power, 1, -1)),
  Relu: unary(curve(eltwise.relu)),
  Relu6: unary(curve(eltwise.clip, 0, 6)),
  Round: unary(curve(eltwise.round)),
  Rsqrt: unary(curve(eltwise.power, 1, -0.5)),
  Sigmoid: unary(curve(eltwise.logistic)),
  Softplus: unary(curve(eltwise.softRelu, 1)),
  Sqrt: unary(curve(eltwise.sqrt)),
  Square: unary(curve(eltwise.square)),
  Tanh: unary(curve(eltwise.tanh)),
  LeakyRelu: (call) => applied(call, curve(eltwise.relu, Number(call.attributes.alpha))),
  ClipByValue: (call) =>
    applied(
      call,
      curve(eltwise.clip, Number(call.attributes.clipValueMin), Number(call.attributes.clipValueMax)),
    ),
} satisfies { readonly [name: string]: Kernel }
