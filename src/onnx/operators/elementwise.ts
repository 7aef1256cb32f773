/** Operators that work element by element. */
import { geluTanhCubic, geluTanhScale } from '../../graph/ops/gelu_tanh.ts'
import type { OnnxGraph } from '../onnx-graph.ts'
import { aligned, inputAt, numberOf, type Operator, type Translation } from '../operand.ts'
import { dataTypes } from '../protobuf.ts'
import { quotientOf } from './quotients.ts'
import { sumOf } from './sums.ts'
import { aboveThreshold } from './thresholds.ts'

function unary(op: string): Operator {
  return (t) => t.onnx.node(op, [inputAt(t, 0).name])
}

/** The names of all inputs, made to broadcast as ours do. */
function together(t: Translation): string[] {
  return t.inputs.map((input) => aligned(t.onnx, input, t.type.dimensions))
}

function binary(op: string): Operator {
  return (t) => t.onnx.node(op, together(t))
}

export const negate = unary('Neg')
export const abs = unary('Abs')
export const sqrt = unary('Sqrt')
export const exp = unary('Exp')
export const log = unary('Log')
export const floor = unary('Floor')
export const tanh = unary('Tanh')
export const relu = unary('Relu')
export const sigmoid = unary('Sigmoid')
export const sign = unary('Sign')
export const not = unary('Not')
export const stopGradient: Operator = (t) => inputAt(t, 0).name
/**
 * The first of its inputs; the second only determines the order. Its readers are separate nodes. ONNX Runtime
 * removes the node itself.
 */
export const again: Operator = (t) => t.onnx.another('Identity', [inputAt(t, 0).name])
export const square: Operator = (t) => t.onnx.node('Mul', [inputAt(t, 0).name, inputAt(t, 0).name])

export const cast: Operator = (t) => {
  const { name, type } = inputAt(t, 0)
  if (type.dtype === t.type.dtype) return name
  return t.onnx.node('Cast', [name], { to: dataTypes[t.type.dtype] })
}

/**
 * Bytes become factors in one loop at each reader. Converted once, they would be kept from the forward pass
 * to the backward pass.
 */
export const dropout: Operator = (t) => {
  const { onnx } = t
  const [x, kept] = [inputAt(t, 0).name, inputAt(t, 1).name]
  const factor = 1 / (1 - numberOf(t, 'rate'))
  // masks are given as bytes; other booleans, as a test has them, are not
  const bytes = onnx.knownType(kept) === 'u8' ? kept : onnx.node('Cast', [kept], { to: dataTypes.u8 })
  const factors = onnx.another('DequantizeLinear', [bytes, onnx.float(factor), onnx.byte(0)])
  return onnx.node('Mul', [x, factors])
}

export const add: Operator = (t) => sumOf(t) ?? t.onnx.node('Add', together(t))
export const subtract = binary('Sub')
export const multiply = binary('Mul')
export const divide: Operator = (t) => quotientOf(t) ?? t.onnx.node('Div', together(t))
export const power = binary('Pow')
export const minimum = binary('Min')
export const maximum = binary('Max')
export const less = binary('Less')
export const lessEqual = binary('LessOrEqual')
export const greater = binary('Greater')
export const greaterEqual = binary('GreaterOrEqual')
export const equal = binary('Equal')
export const notEqual: Operator = (t) => t.onnx.node('Not', [t.onnx.node('Equal', together(t))])
export const and = binary('And')
export const select: Operator = (t) => aboveThreshold(t) ?? t.onnx.node('Where', together(t))

export const gelu: Operator = (t) => t.onnx.node('Gelu', [inputAt(t, 0).name])
export const geluTanh: Operator = (t) => t.onnx.node('Gelu', [inputAt(t, 0).name], { approximate: 'tanh' })

/** g (Phi(x) + x phi(x)) */
export const geluGradient: Operator = ({ onnx, inputs: [x, g] }) =>
  onnx.node('Mul', [onnx.node('Mul', [g?.name ?? '', onnx.float(0.5)]), geluSlope2(onnx, x?.name ?? '')])

/**
 * Twice Phi(x) + x phi(x), with z = x / sqrt(2): 1 + erf(z) + 2 / sqrt(pi) z / exp(z^2). Where exp(z^2) is
 * past all numbers, the quotient is 0 as it should be.
 */
export function geluSlope2(onnx: OnnxGraph, x: string): string {
  const z = onnx.node('Mul', [x, onnx.float(Math.SQRT1_2)])
  const density = onnx.node('Div', [z, onnx.node('Exp', [onnx.node('Mul', [z, z])])])
  const curve = onnx.node('Mul', [density, onnx.float(2 / Math.sqrt(Math.PI))])
  return onnx.node('Add', [onnx.node('Add', [onnx.node('Erf', [z]), onnx.float(1)]), curve])
}

/**
 * g (s + 2 x s (1 - s) u'), s = sigmoid(2u) = (1 + tanh(u)) / 2: no difference of nearly equal numbers, as 1
 * + tanh(u) is for a negative u.
 */
export const geluTanhGradient: Operator = (t) => {
  const { onnx } = t
  const [x, g] = [inputAt(t, 0).name, inputAt(t, 1).name]
  const squares = onnx.node('Mul', [x, x])
  const scaled = (value: string, by: number): string => onnx.node('Mul', [value, onnx.float(by)])
  const inner = onnx.node('Add', [scaled(squares, geluTanhCubic), onnx.float(1)])
  const u2 = onnx.node('Mul', [scaled(x, 2 * geluTanhScale), inner])
  // ONNX Runtime's own Sigmoid is an approximation that is good to 1e-6 only
  const sigmoid = (power: string): string =>
    onnx.node('Reciprocal', [onnx.node('Add', [onnx.node('Exp', [power]), onnx.float(1)])])
  const s = sigmoid(onnx.node('Neg', [u2]))
  const other = sigmoid(u2)
  const slope = onnx.node('Add', [scaled(squares, 3 * geluTanhCubic), onnx.float(1)])
  const right = onnx.node('Mul', [scaled(x, 2 * geluTanhScale), onnx.node('Mul', [other, slope])])
  return onnx.node('Mul', [g, onnx.node('Mul', [s, onnx.node('Add', [right, onnx.float(1)])])])
}
