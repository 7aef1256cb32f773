/**
 * Products in int8 (precision.ts): both operands are quantized by their rows, the product is u8 * s8 in whole
 * numbers. The weight's part is constant, so ONNX Runtime computes it when it loads the model.
 */
import { bytesOf, type OnnxGraph } from '../onnx-graph.ts'
import { dataTypes, type OnnxNode } from '../protobuf.ts'

/** The middle of u8: what 0 is. */
const middle = 128
const largest = 127
/** Below every row that is not 0 throughout: its scale is a normal number. */
const least = 1e-30

/** A matrix by its rows: u8[rows, k], in which 0 is 128, and what 1 is worth in each row, f32[rows]. */
interface QuantizedRows {
  readonly values: string
  readonly scales: string
}

/**
 * What compiled operators do to a product where they scale its rows: a bias, and an activation by its number
 * in their source.
 */
export interface Finish {
  readonly bias: string
  readonly activation: number
}

/** left [rows, k] times right [columns, k], f32[rows, columns]. `finish`: only with compiled operators. */
export function int8Product(onnx: OnnxGraph, left: string, right: string, finish?: Finish): string {
  return productOfRows(onnx, quantizedRows(onnx, left), right, finish)
}

/** Rows that are taken out of a matrix which is quantized as a whole are taken out of its bytes. */
function quantizedRows(onnx: OnnxGraph, matrix: string): QuantizedRows {
  const gather = onnx.producer(matrix)
  const [source, list] = gather?.op === 'Gather' && gather.attributes.axis === 0 ? gather.inputs : []
  if (source !== undefined && list !== undefined && onnx.knows(...quantization(onnx, source))) {
    const { values, scales } = quantized(onnx, source)
    const take = (value: string): string => onnx.node('Gather', [value, list], { axis: 0 })
    return { values: take(values), scales: take(scales) }
  }
  return quantized(onnx, matrix)
}

function quantized(onnx: OnnxGraph, matrix: string): QuantizedRows {
  if (onnx.compiled !== undefined) {
    const [values = '', scales = ''] = onnx.kernelByRows(onnx.compiled.bytesOfRows(), [matrix])
    return { values, scales }
  }
  return { values: onnx.node(...quantization(onnx, matrix)), scales: scalesOf(onnx, matrix) }
}

/** The node that quantizes a matrix by its rows: its op, inputs and attributes. */
function quantization(onnx: OnnxGraph, matrix: string) {
  const scales = scalesOf(onnx, matrix)
  const zero = onnx.node('Expand', [bytes(onnx, 'u8', [1], middle), onnx.node('Shape', [scales])])
  return ['QuantizeLinear', [matrix, scales, zero], { axis: 0 }] as const
}

/** Quantized rows times right [columns, k], f32[rows, columns]. */
export function productOfRows(
  onnx: OnnxGraph,
  { values, scales }: QuantizedRows,
  right: string,
  finish?: Finish,
): string {
  const columns = scalesOf(onnx, right)
  const signed = onnx.node('Expand', [bytes(onnx, 's8', [1], 0), onnx.node('Shape', [columns])])
  const b = onnx.node('QuantizeLinear', [right, columns, signed], { axis: 0 })
  const turned = onnx.node('Transpose', [b], { perm: [1, 0] })
  const operands = [values, turned, onnx.float(1), columns, bytes(onnx, 'u8', [], middle)]
  const shape = onnx.heldShape(right)
  if (onnx.compiled?.hasInt8 === true && shape !== undefined && (shape[1] ?? 1) % 4 === 0) {
    const node = onnx.compiled.int8Product(shape[0] ?? 0, finish?.activation)
    const wide = onnx.node('Cast', [b], { to: dataTypes.i32 })
    const sums = onnx.node('ReduceSum', [wide, onnx.ints([1])], { keepdims: 0 })
    const notes = finish === undefined ? {} : { activation: finish.activation }
    const inputs = [values, b, columns, sums, scales, ...(finish === undefined ? [] : [finish.bias])]
    return onnx.kernelByRows(node, inputs, notes)[0] ?? ''
  }
  if (onnx.compiled !== undefined) {
    // its own: it is written over
    const own = onnx.another('MatMulIntegerToFloat', operands, {}, 'com.microsoft')
    const node = onnx.compiled.scaledRows(finish?.activation)
    const notes = finish === undefined ? {} : { activation: finish.activation }
    const inputs = [own, scales, ...(finish === undefined ? [] : [finish.bias])]
    return onnx.kernelByRows(node, inputs, notes)[0] ?? ''
  }
  const product = onnx.node('MatMulIntegerToFloat', operands, {}, 'com.microsoft')
  return onnx.node('Mul', [product, onnx.node('Unsqueeze', [scales, onnx.ints([1])])])
}

/** What a product was made of. */
export interface Factors {
  readonly left: QuantizedRows
  readonly right: string
  readonly finish?: Finish
}

/** Undefined for values that were not made here. */
export function factorsOf(onnx: OnnxGraph, value: string): Factors | undefined {
  const scaled = onnx.producer(value)
  const whole = scaled && wholeFactors(onnx, scaled)
  if (whole !== undefined) return whole
  const [product = '', column = '', bias] = scaled?.inputs ?? []
  const integer = onnx.producer(product)
  if (integer?.op !== 'MatMulIntegerToFloat') return undefined
  const [values = '', turned = ''] = integer.inputs
  const [weight = ''] = onnx.producer(turned)?.inputs ?? []
  const [right] = onnx.producer(weight)?.inputs ?? []
  if (onnx.compiled === undefined) {
    const [scales] = onnx.producer(column)?.inputs ?? []
    const known = scaled?.op === 'Mul' && right !== undefined && scales !== undefined
    return known ? { left: { values, scales }, right } : undefined
  }
  if (right === undefined) return undefined
  const activation = scaled?.attributes.activation
  const finish = bias !== undefined && typeof activation === 'number' ? { finish: { bias, activation } } : {}
  return { left: { values, scales: column }, right, ...finish }
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

/** Of a product that is one node. */
function wholeFactors(onnx: OnnxGraph, { inputs, attributes }: OnnxNode): Factors | undefined {
  const [values = '', weight = '', columns, , scales = '', bias] = inputs
  const [made, scaled] = [onnx.producer(values), onnx.producer(weight)]
  if (made?.op !== 'KernelOfBytesAndFloats' && made?.op !== 'Slice') return undefined
  const [right] = scaled?.op === 'QuantizeLinear' && scaled.inputs[1] === columns ? scaled.inputs : []
  if (right === undefined) return undefined
  const { activation } = attributes
  const finish = bias !== undefined && typeof activation === 'number' ? { finish: { bias, activation } } : {}
  return { left: { values, scales }, right, ...finish }
}

function bytes(onnx: OnnxGraph, dtype: 'u8' | 's8', shape: readonly number[], value: number): string {
  return onnx.initializer(`${dtype} [${shape.join()}] ${value}`, dtype, shape, bytesOf(Int8Array.of(value)))
}
