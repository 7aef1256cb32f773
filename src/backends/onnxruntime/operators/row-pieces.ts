/**
 * Feed-forward parts of models without training, some rows at a time. The inner values are four times as wide as all others: of many rows they do not stay in a cache between
 * the two products, and a Gemm of the runtime passes over all rows of its result once for each 128 columns and 128 or 256 summands, which takes a quarter longer where
 * they do not stay there either. Only frozen weights: they lie packed, those that are trained would be packed for each piece.
 */
import { precisionOf } from '../../../graph/precision.ts'
import { concreteSize, elementCount } from '../../../graph/type.ts'
import type { OnnxGraph } from '../onnx-graph.ts'
import { inputAt, type Translation } from '../operand.ts'
import { factorsOf, int8Product, productOfRows } from './int8.ts'

/** Rows of a piece, at most. Products of bytes are quicker, so what stands around them weighs more: with these, a part of BERT-base takes nine tenths of its time. */
const mostRows = { float32: 1024, int8: 512 } as const
/** Numbers in a weight for which it is done. */
const worthPieces = 2 ** 20

/** activation(x V^T + c) W^T from x; undefined where it is no such part, or of few rows. `value` are the activated values, with the units last. */
export function rowPieces(t: Translation, value: string, weight: string): string | undefined {
  const { onnx, alone } = t
  const shaped = onnx.producer(value)
  const activation = shaped?.op === 'Reshape' ? onnx.producer(shaped.inputs[0] ?? '') : shaped
  if (activation === undefined || !biased.has(activation.op) || alone[0] !== true) return undefined
  const [inside = '', bias = ''] = activation.inputs
  const isInt8 = precisionOf(t.attributes) === 'int8'
  const products = isInt8 ? int8Products(onnx, inside, weight) : floatProducts(onnx, inside, weight)
  if (products === undefined) return undefined
  // two weights that the model holds, the second one over what the first one makes
  const [inner, outer] = [onnx.heldShape(products.weight), onnx.heldShape(weight)]
  if (inner === undefined || outer === undefined || inner[0] !== outer[1]) return undefined
  if (elementCount(inputAt(t, 1).type, t.sizes) < worthPieces) return undefined
  const count = Math.ceil(rowCount(t) / mostRows[isInt8 ? 'int8' : 'float32'])
  if (count < 2) return undefined
  const all = onnx.node('Shape', [products.rows], { start: 0, end: 1 })
  const step = onnx.node('Div', [onnx.node('Add', [all, onnx.ints([count - 1])]), onnx.ints([count])])
  const at = (index: number): string => onnx.node('Mul', [step, onnx.ints([index])])
  const pieces = Array.from({ length: count }, (_, i) => {
    const product = products.first((rows) => onnx.node('Slice', [rows, at(i), at(i + 1), onnx.ints([0])]))
    return products.second(
      onnx.node(activation.op, [product, bias], activation.attributes, activation.domain),
    )
  })
  return onnx.node('Concat', pieces, { axis: 0 })
}

/** The two products of a part. */
interface Products {
  /** What the first one takes, by rows, and its weight. */
  readonly rows: string
  readonly weight: string
  /** Of some rows, which `take` takes out of any value that has them first. */
  readonly first: (take: (rows: string) => string) => string
  readonly second: (active: string) => string
}

function floatProducts(onnx: OnnxGraph, inside: string, outer: string): Products | undefined {
  const first = onnx.producer(inside)
  if (first?.op !== 'Gemm') return undefined
  const [rows = '', weight = ''] = first.inputs
  return {
    rows,
    weight,
    first: (take) => onnx.node('Gemm', [take(rows), weight], first.attributes),
    second: (active) => onnx.node('Gemm', [active, outer], { transB: 1 }),
  }
}

function int8Products(onnx: OnnxGraph, inside: string, outer: string): Products | undefined {
  const factors = factorsOf(onnx, inside)
  if (factors === undefined) return undefined
  const { left, right } = factors
  return {
    rows: left.scales,
    weight: right,
    first: (take) => productOfRows(onnx, { values: take(left.values), scales: take(left.scales) }, right),
    second: (active) => int8Product(onnx, active, outer),
  }
}

const biased: ReadonlySet<string> = new Set(['BiasGelu', 'FastGelu'])

function rowCount(t: Translation): number {
  const { type } = inputAt(t, 0)
  return type.dimensions.reduce(
    (count, { axis, size }) => (axis === 'unit' ? count : count * concreteSize(size, t.sizes)),
    1,
  )
}
