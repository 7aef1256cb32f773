/**
 * Feed-forward parts of frozen models, some rows at a time. The inner values are four times as wide as all
 * others. Those of many rows do not fit into a cache between the two products. A Gemm of the runtime passes
 * over all rows of its result once for each 128 columns and 128 or 256 summands, which takes a quarter longer
 * if they do not fit either. Only for frozen weights, which are packed once: trained ones would be packed for
 * each piece.
 */
import { concreteSize, elementCount } from '../../../graph/type.ts'
import type { OnnxGraph } from '../../../onnx/onnx-graph.ts'
import { inputAt, type Translation } from '../../../onnx/operand.ts'
import type { CompiledNodes } from '../compiled/nodes.ts'
import { type Factors, factorsOf, productOfRows } from './int8.ts'

/** Numbers in a weight for which it is done. */
const worthPieces = 2 ** 20

/**
 * activation(x V^T + c) W^T from x; undefined where it is no such part, or of few rows. `value` are the
 * activated values, with the units last, `multiply` gives some rows of them times W^T.
 */
export function rowPieces(
  t: Translation,
  compiled: CompiledNodes | undefined,
  value: string,
  weight: string,
  multiply: (rows: string) => string,
): string | undefined {
  const { onnx, alone } = t
  const shaped = onnx.producer(value)
  const activated = shaped?.op === 'Reshape' ? (shaped.inputs[0] ?? '') : value
  const first = activatedProduct(onnx, compiled, activated)
  if (first === undefined || alone[0] !== true) return undefined
  // two weights that the model holds, the second one over what the first one makes
  const [inner, outer] = [onnx.heldShape(first.weight), onnx.heldShape(weight)]
  if (inner === undefined || outer === undefined || inner[0] !== outer[1]) return undefined
  if (elementCount(inputAt(t, 1).type, t.sizes) < worthPieces) return undefined
  const count = Math.ceil(rowCount(t) / first.mostRows)
  if (count < 2) return undefined
  const all = onnx.node('Shape', [first.rows], { start: 0, end: 1 })
  const step = onnx.node('Div', [onnx.node('Add', [all, onnx.ints([count - 1])]), onnx.ints([count])])
  const at = (index: number): string => onnx.node('Mul', [step, onnx.ints([index])])
  const pieces = Array.from({ length: count }, (_, i) =>
    multiply(first.of((rows) => onnx.node('Slice', [rows, at(i), at(i + 1), onnx.ints([0])]))),
  )
  return onnx.node('Concat', pieces, { axis: 0 })
}

/** The first product of a part, with its bias and activation. */
interface FirstProduct {
  /** Rows of a piece, at most. */
  readonly mostRows: number
  /** A value that has as many rows as what it takes. */
  readonly rows: string
  readonly weight: string
  /** Of some rows, which `take` takes out of any value that has them first. */
  readonly of: (take: (rows: string) => string) => string
}

function activatedProduct(
  onnx: OnnxGraph,
  compiled: CompiledNodes | undefined,
  value: string,
): FirstProduct | undefined {
  const activation = onnx.producer(value)
  const finished = factorsOf(onnx, compiled, value)
  if (finished?.finish !== undefined && finished.finish.activation > 0)
    return bytesProduct(onnx, compiled, finished)
  if (activation === undefined || !biased.has(activation.op)) return undefined
  const [inside = '', bias = ''] = activation.inputs
  const factors = factorsOf(onnx, compiled, inside)
  const bare = factors === undefined ? floatProduct(onnx, inside) : bytesProduct(onnx, compiled, factors)
  if (bare === undefined) return undefined
  const { op, attributes, domain } = activation
  return { ...bare, of: (take) => onnx.node(op, [bare.of(take), bias], attributes, domain) }
}

function floatProduct(onnx: OnnxGraph, value: string): FirstProduct | undefined {
  const made = onnx.producer(value)
  if (made?.op !== 'Gemm') return undefined
  const [rows = '', weight = ''] = made.inputs
  const of: FirstProduct['of'] = (take) => onnx.node('Gemm', [take(rows), weight], made.attributes)
  return { mostRows: 1024, rows, weight, of }
}

/**
 * Products of bytes are faster, so the ops around them weigh more. In pieces of half as many rows, such a
 * part of BERT-base takes nine tenths of its time.
 */
function bytesProduct(
  onnx: OnnxGraph,
  compiled: CompiledNodes | undefined,
  { left, right, finish }: Factors,
): FirstProduct {
  const { values, scales } = left
  const of: FirstProduct['of'] = (take) =>
    productOfRows(onnx, compiled, { values: take(values), scales: take(scales) }, right, finish)
  return { mostRows: 512, rows: scales, weight: right, of }
}

const biased: ReadonlySet<string> = new Set(['BiasGelu', 'FastGelu'])

function rowCount(t: Translation): number {
  const { type } = inputAt(t, 0)
  return type.dimensions.reduce(
    (count, { axis, size }) => (axis === 'unit' ? count : count * concreteSize(size, t.sizes)),
    1,
  )
}
