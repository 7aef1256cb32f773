/**
 * Products in int8 by operators of ONNX Runtime's own: the product is u8 * s8. The weight's part is constant,
 * so the runtime computes it when it loads the model.
 */
import type { OnnxGraph } from '../../../onnx/onnx-graph.ts'
import {
  middle,
  type QuantizedRows,
  quantizedByOperators,
  quantizedRows,
  scalesOf,
} from '../../../onnx/operators/int8.ts'
import { dataTypes, type OnnxNode } from '../../../onnx/protobuf.ts'
import type { CompiledNodes } from '../compiled/nodes.ts'
import { kernelByRows } from '../compiled/onto-graph.ts'

/**
 * What compiled operators do to a product where they scale its rows: a bias, and an activation by its number
 * in their source.
 */
export interface Finish {
  readonly bias: string
  readonly activation: number
}

/** left [rows, k] times right [columns, k], f32[rows, columns]. `finish`: only with compiled operators. */
export function int8Product(
  onnx: OnnxGraph,
  compiled: CompiledNodes | undefined,
  left: string,
  right: string,
  finish?: Finish,
): string {
  const rows = quantizedRows(onnx, left, (graph, matrix) => quantized(graph, compiled, matrix))
  return productOfRows(onnx, compiled, rows, right, finish)
}

function quantized(onnx: OnnxGraph, compiled: CompiledNodes | undefined, matrix: string): QuantizedRows {
  if (compiled === undefined) return quantizedByOperators(onnx, matrix)
  const [values = '', scales = ''] = kernelByRows(onnx, compiled.bytesOfRows(), [matrix])
  return { values, scales }
}

/** Quantized rows times right [columns, k], f32[rows, columns]. */
export function productOfRows(
  onnx: OnnxGraph,
  compiled: CompiledNodes | undefined,
  { values, scales }: QuantizedRows,
  right: string,
  finish?: Finish,
): string {
  const columns = scalesOf(onnx, right)
  const signed = onnx.node('Expand', [onnx.bytes('s8', [1], 0), onnx.node('Shape', [columns])])
  const b = onnx.node('QuantizeLinear', [right, columns, signed], { axis: 0 })
  const turned = onnx.node('Transpose', [b], { perm: [1, 0] })
  const operands = [values, turned, onnx.float(1), columns, onnx.bytes('u8', [], middle)]
  const shape = onnx.heldShape(right)
  if (compiled?.hasInt8 === true && shape !== undefined && (shape[1] ?? 1) % 4 === 0) {
    const node = compiled.int8Product(shape[0] ?? 0, finish?.activation)
    const wide = onnx.node('Cast', [b], { to: dataTypes.i32 })
    const sums = onnx.node('ReduceSum', [wide, onnx.ints([1])], { keepdims: 0 })
    const notes = finish === undefined ? {} : { activation: finish.activation }
    const inputs = [values, b, columns, sums, scales, ...(finish === undefined ? [] : [finish.bias])]
    return kernelByRows(onnx, node, inputs, notes)[0] ?? ''
  }
  if (compiled !== undefined) {
    // its own: it is written over
    const own = onnx.another('MatMulIntegerToFloat', operands, {}, 'com.microsoft')
    const node = compiled.scaledRows(finish?.activation)
    const notes = finish === undefined ? {} : { activation: finish.activation }
    const inputs = [own, scales, ...(finish === undefined ? [] : [finish.bias])]
    return kernelByRows(onnx, node, inputs, notes)[0] ?? ''
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
export function factorsOf(
  onnx: OnnxGraph,
  compiled: CompiledNodes | undefined,
  value: string,
): Factors | undefined {
  const scaled = onnx.producer(value)
  const whole = scaled && wholeFactors(onnx, scaled)
  if (whole !== undefined) return whole
  const [product = '', column = '', bias] = scaled?.inputs ?? []
  const integer = onnx.producer(product)
  if (integer?.op !== 'MatMulIntegerToFloat') return undefined
  const [values = '', turned = ''] = integer.inputs
  const [weight = ''] = onnx.producer(turned)?.inputs ?? []
  const [right] = onnx.producer(weight)?.inputs ?? []
  if (compiled === undefined) {
    const [scales] = onnx.producer(column)?.inputs ?? []
    const known = scaled?.op === 'Mul' && right !== undefined && scales !== undefined
    return known ? { left: { values, scales }, right } : undefined
  }
  if (right === undefined) return undefined
  const activation = scaled?.attributes.activation
  const finish = bias !== undefined && typeof activation === 'number' ? { finish: { bias, activation } } : {}
  return { left: { values, scales: column }, right, ...finish }
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
