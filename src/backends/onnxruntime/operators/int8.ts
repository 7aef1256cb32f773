/**
 * Products in int8 (precision.ts): both operands are quantized by their rows, the product is u8 * s8 in whole numbers. The weight's part is constant, so ONNX
 * Runtime computes it when it loads the model.
 */
import { bytesOf, type OnnxGraph } from '../onnx-graph.ts'

/** The middle of u8: what 0 is. */
const middle = 128
const largest = 127
/** Below every row that is not 0 throughout: its scale is a normal number. */
const least = 1e-30

/** left [rows, k] times right [columns, k], f32[rows, columns]. */
export function int8Product(onnx: OnnxGraph, left: string, right: string): string {
  const [rows, columns] = [scalesOf(onnx, left), scalesOf(onnx, right)]
  const zero = onnx.node('Expand', [bytes(onnx, 'u8', [1], middle), onnx.node('Shape', [rows])])
  const a = onnx.node('QuantizeLinear', [left, rows, zero], { axis: 0 })
  const signed = onnx.node('Expand', [bytes(onnx, 's8', [1], 0), onnx.node('Shape', [columns])])
  const b = onnx.node('QuantizeLinear', [right, columns, signed], { axis: 0 })
  const product = onnx.node(
    'MatMulIntegerToFloat',
    [a, onnx.node('Transpose', [b], { perm: [1, 0] }), onnx.float(1), columns, bytes(onnx, 'u8', [], middle)],
    {},
    'com.microsoft',
  )
  return onnx.node('Mul', [product, onnx.node('Unsqueeze', [rows, onnx.ints([1])])])
}

/** For each row of a matrix, what 1 is worth: max |x| / 127. */
function scalesOf(onnx: OnnxGraph, matrix: string): string {
  const reduced = (op: string) => onnx.node(op, [matrix, onnx.ints([1])], { keepdims: 0 })
  const extent = onnx.node('Max', [
    reduced('ReduceMax'),
    onnx.node('Neg', [reduced('ReduceMin')]),
    onnx.float(least),
  ])
  return onnx.node('Div', [extent, onnx.float(largest)])
}

function bytes(onnx: OnnxGraph, dtype: 'u8' | 's8', shape: readonly number[], value: number): string {
  return onnx.initializer(`${dtype} [${shape.join()}] ${value}`, dtype, shape, bytesOf(Int8Array.of(value)))
}
