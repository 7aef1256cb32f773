/** Ops that ONNX Runtime computes by operators of its own, or by compiled ones. */
import { precisionOf } from '../../../graph/precision.ts'
import type { OnnxGraph } from '../../../onnx/onnx-graph.ts'
import { inputAt, type Operand, type Operators, type Translation } from '../../../onnx/operand.ts'
import { geluSlope2, geluTanhGradient } from '../../../onnx/operators/elementwise.ts'
import { affine, contracted, type ProductForms } from '../../../onnx/operators/products.ts'
import { activationCodes } from '../../compiled/source/curves.ts'
import type { CompiledNodes } from '../compiled/nodes.ts'
import { type Finish, int8Product } from './int8.ts'
import { rowPieces } from './row-pieces.ts'

/** `compiled`: absent without a compiler. */
export function runtimeOperators(compiled: CompiledNodes | undefined): Operators {
  const forms: ProductForms = {
    int8: (onnx, left, right) => int8Product(onnx, compiled, left, right),
    turned: (onnx, left, right, turns) =>
      onnx.node('FusedMatMul', [left, right], { ...turns }, 'com.microsoft'),
  }
  return {
    linear: (t) => product(t, compiled, (onnx, value, bias) => onnx.node('Add', [value, bias])),
    // the activation takes the bias with it: one pass over the result
    linear_activation: (t) => product(t, compiled, activated(t)),
    contract: (t) => contracted(t, 1, forms),
    contract_activation_gradient: (t) => contractActivationGradient(t, forms),
  }
}

type Biased = (onnx: OnnxGraph, product: string, bias: string) => string

function activated({ attributes: { activation } }: Translation): Biased {
  if (activation === 'relu')
    return (onnx, value, bias) => onnx.node('Relu', [onnx.node('Add', [value, bias])])
  const op = activation === 'gelu' ? 'BiasGelu' : 'FastGelu'
  return (onnx, value, bias) => onnx.node(op, [value, bias], {}, 'com.microsoft')
}

function product(t: Translation, compiled: CompiledNodes | undefined, add: Biased): string {
  const { onnx } = t
  const isInt8 = precisionOf(t.attributes) === 'int8'
  const finish = isInt8 && compiled !== undefined ? finishOf(t, inputAt(t, 2).name) : undefined
  const multiply = (rows: string, weight: string): string =>
    isInt8
      ? int8Product(onnx, compiled, rows, weight, finish)
      : onnx.node('Gemm', [rows, weight], { transB: 1 })
  return affine(t, {
    multiply: (rows, weight, last) =>
      rowPieces(t, compiled, last, weight, (some) => multiply(some, weight)) ?? multiply(rows, weight),
    add: (value, bias) => (finish === undefined ? add(onnx, value, bias) : value),
  })
}

function finishOf({ op, attributes }: Translation, bias: string): Finish | undefined {
  const activation = op === 'linear' ? 0 : activationCodes[String(attributes.activation)]
  return activation === undefined ? undefined : { bias, activation }
}

/** gelu'(x) times a product: half of the product comes from the product itself. */
function contractActivationGradient(t: Translation, forms: ProductForms): string {
  const x = inputAt(t, 2)
  if (t.attributes.activation !== 'gelu') {
    const g: Operand = { name: contracted(t, 1, forms), type: t.type }
    return geluTanhGradient({ ...t, inputs: [x, g] })
  }
  return t.onnx.node('Mul', [contracted(t, 0.5, forms), geluSlope2(t.onnx, x.name)])
}
