/**
 * Products in int8 (docs/precision.md): both operands are quantized by rows, and bytes are multiplied as
 * integers. A weight in the model is stored as bytes, with a scale for each row.
 */
import { bytesOf, type OnnxGraph } from '../onnx-graph.ts'

/** The middle of u8: what 0 is. */
export const middle = 128
const largest = 127
/** Below every row that is not 0 throughout: its scale is a normal number. */
const least = 1e-30

/** A matrix by its rows: u8[rows, k], in which 0 is 128, and what 1 is worth in each row, f32[rows]. */
export interface QuantizedRows {
  readonly values: string
  readonly scales: string
}

/**
 * left [rows, k] times right [columns, k], f32[rows, columns]. Both are unsigned: on processors whose
 * products of unsigned with signed bytes saturate (x86 before VNNI), ONNX Runtime multiplies these exactly.
 */
export function int8Product(onnx: OnnxGraph, left: string, right: string): string {
  const a = quantizedRows(onnx, left, quantizedByOperators)
  const b = heldRows(onnx, right) ?? quantizedByOperators(onnx, right)
  const turned = onnx.node('Transpose', [b.values], { perm: [1, 0] })
  const zero = onnx.byte(middle)
  const whole = onnx.node('MatMulInteger', [a.values, turned, zero, zero])
  // whole numbers become numbers and rows are scaled in one pass
  const product = onnx.node('DequantizeLinear', [whole, a.scales], { axis: 0 })
  return onnx.node('Mul', [product, b.scales])
}

/** The rows of a matrix that the model holds, as bytes that it holds instead; undefined for other values. */
export function heldRows(onnx: OnnxGraph, matrix: string): QuantizedRows | undefined {
  const held = onnx.heldFloats(matrix)
  if (held === undefined || held.shape.length !== 2) return undefined
  const [rows = 0, width = 0] = held.shape
  const { values, scales } = quantizeRows(held.values, rows)
  return {
    values: onnx.initializer(`${matrix} in bytes`, 'u8', [rows, width], values),
    scales: onnx.initializer(`${matrix} scales`, 'f32', [rows], bytesOf(scales)),
  }
}

/** As operators do it: x / scale is rounded to the nearest whole number, and to the even one between two. */
export function quantizeRows(
  matrix: Float32Array,
  rows: number,
): { readonly values: Uint8Array; readonly scales: Float32Array } {
  const width = rows === 0 ? 0 : matrix.length / rows
  const values = new Uint8Array(matrix.length)
  const scales = new Float32Array(rows)
  for (let row = 0; row < rows; row++) {
    const [from, to] = [row * width, (row + 1) * width]
    let extent = Math.fround(least)
    for (let i = from; i < to; i++) extent = Math.max(extent, Math.abs(matrix[i] as number))
    const scale = Math.fround(extent / largest)
    scales[row] = scale
    for (let i = from; i < to; i++)
      values[i] = middle + nearestEven(Math.fround((matrix[i] as number) / scale))
  }
  return { values, scales }
}

function nearestEven(x: number): number {
  const below = Math.floor(x)
  const isBetween = x - below === 0.5
  return isBetween ? below + (below % 2 === 0 ? 0 : 1) : Math.round(x)
}

/** Rows taken from a matrix that is quantized completely are taken from its bytes. */
export function quantizedRows(
  onnx: OnnxGraph,
  matrix: string,
  quantize: (onnx: OnnxGraph, matrix: string) => QuantizedRows,
): QuantizedRows {
  const gather = onnx.producer(matrix)
  const [source, list] = gather?.op === 'Gather' && gather.attributes.axis === 0 ? gather.inputs : []
  if (source !== undefined && list !== undefined && onnx.knows(...quantization(onnx, source))) {
    const { values, scales } = quantize(onnx, source)
    const take = (value: string): string => onnx.node('Gather', [value, list], { axis: 0 })
    return { values: take(values), scales: take(scales) }
  }
  return quantize(onnx, matrix)
}

export function quantizedByOperators(onnx: OnnxGraph, matrix: string): QuantizedRows {
  return { values: onnx.node(...quantization(onnx, matrix)), scales: scalesOf(onnx, matrix) }
}

/** The node that quantizes a matrix by its rows: its op, inputs and attributes. */
function quantization(onnx: OnnxGraph, matrix: string) {
  const scales = scalesOf(onnx, matrix)
  const zero = onnx.node('Expand', [onnx.bytes('u8', [1], middle), onnx.node('Shape', [scales])])
  return ['QuantizeLinear', [matrix, scales, zero], { axis: 0 }] as const
}

/** For each row of a matrix, what 1 is worth: max |x| / 127. */
export function scalesOf(onnx: OnnxGraph, matrix: string): string {
  const reduced = (op: string) => onnx.node(op, [matrix, onnx.ints([1])], { keepdims: 0 })
  const extent = onnx.node('Max', [
    reduced('ReduceMax'),
    onnx.node('Neg', [reduced('ReduceMin')]),
    onnx.float(least),
  ])
  return onnx.node('Div', [extent, onnx.float(largest)])
}
