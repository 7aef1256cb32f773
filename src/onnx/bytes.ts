/** Weights stored in 8 bits, by rows, outside of products (operators/int8.ts has those). */
import { bytesOf } from './onnx-graph.ts'
import { axesOf, inputAt, type Translation, transposed } from './operand.ts'
import { heldRows, middle, quantizeRows } from './operators/int8.ts'
import { dataTypes, type OnnxModel, type OnnxNode, type OnnxTensor } from './protobuf.ts'

/** Rows are taken out of the bytes of a table: only these become numbers. */
export function lookupInBytes(t: Translation): string | undefined {
  const { onnx } = t
  const [ids, table] = [inputAt(t, 0), inputAt(t, 1)]
  const held = heldRows(onnx, table.name)
  if (held === undefined) return undefined
  const taken = (value: string): string => onnx.node('Gather', [value, ids.name], { axis: 0 })
  const whole = onnx.node('Cast', [taken(held.values)], { to: dataTypes.f32 })
  const scales = onnx.node('Unsqueeze', [taken(held.scales), onnx.ints([-1])])
  const rows = onnx.node('Mul', [onnx.node('Sub', [whole, onnx.float(middle)]), scales])
  return transposed(onnx, rows, [...axesOf(ids.type), 'unit'], axesOf(t.type))
}

/** The name of the number that 0 is stored as. */
const zeroLevel = 'middle of bytes'

/** Numbers in a matrix from which on it is worth the operators. */
const worthBytes = 1024

/**
 * Matrices that are left in float32, such as factors of a weight, stored in bytes. They become numbers when a
 * program loads the file, where it computes constants ahead.
 */
export function inBytes(model: OnnxModel): OnnxModel {
  const initializers: OnnxTensor[] = []
  const first: OnnxNode[] = []
  for (const tensor of model.initializers) {
    const [rows = 0, width = 0, ...more] = tensor.shape
    const isMatrix = tensor.dtype === 'f32' && more.length === 0 && rows * width >= worthBytes
    if (!isMatrix) initializers.push(tensor)
    else {
      const { tensors, nodes } = stored(tensor, rows)
      initializers.push(...tensors)
      first.push(...nodes)
    }
  }
  if (first.length === 0) return model
  const zero: OnnxTensor = {
    name: zeroLevel,
    dtype: 'f32',
    shape: [],
    bytes: bytesOf(Float32Array.of(middle)),
  }
  return { ...model, initializers: [...initializers, zero], nodes: [...first, ...model.nodes] }
}

/** (values - 128) scales, under the name of the matrix. */
function stored(
  { name, shape, bytes }: OnnxTensor,
  rows: number,
): { readonly tensors: readonly OnnxTensor[]; readonly nodes: readonly OnnxNode[] } {
  const { values, scales } = quantizeRows(
    new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4),
    rows,
  )
  const [held, by, whole, level] = [`${name} stored`, `${name} step`, `${name} cast`, `${name} centred`]
  const node = (
    op: string,
    inputs: readonly string[],
    output: string,
    attributes: OnnxNode['attributes'] = {},
  ): OnnxNode => ({ op, domain: '', inputs, outputs: [output], attributes })
  return {
    tensors: [
      { name: held, dtype: 'u8', shape, bytes: values },
      { name: by, dtype: 'f32', shape: [rows, 1], bytes: bytesOf(scales) },
    ],
    nodes: [
      node('Cast', [held], whole, { to: dataTypes.f32 }),
      node('Sub', [whole, zeroLevel], level),
      node('Mul', [level, by], name),
    ],
  }
}
