/** A model whose numbers are float16 throughout; what goes in and out of it stays as it is. */
import { bytesOf } from './onnx-graph.ts'
import { dataTypes, type OnnxModel, type OnnxNode, type OnnxTensor } from './protobuf.ts'

/**
 * What stands for numbers that float16 lacks: far below all scores where a mask adds it, and its sum with a
 * score is a number still (the largest is 65504).
 */
const farAway = 2 ** 15
const largest = 65504

export function inHalf(model: OnnxModel): OnnxModel {
  const real = new Set(model.outputs.flatMap(({ name, dtype }) => (dtype === 'f32' ? [name] : [])))
  const nodes = model.nodes.flatMap((node) => outputsInFloat(castInHalf(node), real))
  return { ...model, nodes, initializers: model.initializers.map(tensorInHalf) }
}

function castInHalf(node: OnnxNode): OnnxNode {
  const toFloat = node.op === 'Cast' && node.attributes.to === dataTypes.f32
  return toFloat ? { ...node, attributes: { ...node.attributes, to: dataTypes.f16 } } : node
}

/** A node that makes an output makes it under another name, to be cast. */
function outputsInFloat(node: OnnxNode, real: ReadonlySet<string>): readonly OnnxNode[] {
  const [output = ''] = node.outputs
  if (!real.has(output)) return [node]
  const half = `${output} in float16`
  const cast: OnnxNode = {
    op: 'Cast',
    domain: '',
    inputs: [half],
    outputs: [output],
    attributes: { to: dataTypes.f32 },
  }
  return [{ ...node, outputs: [half, ...node.outputs.slice(1)] }, cast]
}

function tensorInHalf(tensor: OnnxTensor): OnnxTensor {
  if (tensor.dtype !== 'f32') return tensor
  const { buffer, byteOffset, byteLength } = tensor.bytes
  const values = new Float32Array(buffer, byteOffset, byteLength / 4)
  return { ...tensor, dtype: 'f16', bytes: bytesOf(halves(values)) }
}

/** The bits of the nearest float16 of each, the even one of two. */
export function halves(values: Float32Array): Uint16Array {
  const half = new Uint16Array(values.length)
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length)
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    const word = Math.abs(value) > largest ? bitsOf(Math.sign(value) * farAway) : (words[i] as number)
    half[i] = halfBits(word)
  }
  return half
}

function bitsOf(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0] ?? 0
}

/** `word`: bits of a float32 of no more than 65504, or NaN. */
function halfBits(word: number): number {
  const sign = (word >>> 16) & 0x8000
  const exponent = (word >>> 23) & 0xff
  const fraction = word & 0x7fffff
  if (exponent === 0xff) return sign | 0x7e00
  // of a float16: 15 above its smallest normal exponent
  const own = exponent - 127 + 15
  if (own <= 0) {
    // no normal number: shifted until its exponent is the smallest
    const shift = 14 - own
    return shift > 24 ? sign : sign | rounded(fraction | 0x800000, shift)
  }
  // a carry goes into the exponent, as it should
  return sign | rounded((own << 23) | fraction, 13)
}

function rounded(bits: number, shift: number): number {
  const kept = bits >>> shift
  const rest = bits - kept * 2 ** shift
  const middle = 2 ** (shift - 1)
  return rest > middle || (rest === middle && kept % 2 === 1) ? kept + 1 : kept
}
