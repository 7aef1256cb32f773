/**
 * Feed-forward parts of models without training, some rows at a time. The inner values are four times as wide as all others: of many rows they do not stay in a cache between
 * the two products, and a Gemm of the runtime passes over all rows of its result once for each 128 columns and 128 or 256 summands, which takes a quarter longer where
 * they do not stay there either. Only frozen weights: they lie packed, those that are trained would be packed for each piece.
 */
import { concreteSize, elementCount } from '../../../graph/type.ts'
import { inputAt, type Translation } from '../operand.ts'

/** Rows of a piece, at most. */
const mostRows = 1024
/** Numbers in a weight for which it is done. */
const worthPieces = 2 ** 20

/** activation(x V^T + c) W^T from x; undefined where it is no such part, or of few rows. `value` are the activated values, with the units last. */
export function rowPieces(t: Translation, value: string, weight: string): string | undefined {
  const { onnx, alone } = t
  const shaped = onnx.producer(value)
  const activation = shaped?.op === 'Reshape' ? onnx.producer(shaped.inputs[0] ?? '') : shaped
  if (activation === undefined || !biased.has(activation.op)) return undefined
  const first = onnx.producer(activation.inputs[0] ?? '')
  if (first?.op !== 'Gemm' || alone[0] !== true) return undefined
  const [x = '', v = ''] = first.inputs
  // two weights that the model holds, the second one over what the first one makes
  const [inner, outer] = [onnx.heldShape(v), onnx.heldShape(weight)]
  if (inner === undefined || outer === undefined || inner[0] !== outer[1]) return undefined
  if (elementCount(inputAt(t, 1).type, t.sizes) < worthPieces) return undefined
  const count = Math.ceil(rowCount(t) / mostRows)
  if (count < 2) return undefined
  const all = onnx.node('Shape', [x], { start: 0, end: 1 })
  const step = onnx.node('Div', [onnx.node('Add', [all, onnx.ints([count - 1])]), onnx.ints([count])])
  const at = (index: number): string => onnx.node('Mul', [step, onnx.ints([index])])
  const pieces = Array.from({ length: count }, (_, i) => {
    const piece = onnx.node('Slice', [x, at(i), at(i + 1), onnx.ints([0])])
    const product = onnx.node('Gemm', [piece, v], first.attributes)
    const [, bias = ''] = activation.inputs
    const active = onnx.node(activation.op, [product, bias], activation.attributes, activation.domain)
    return onnx.node('Gemm', [active, weight], { transB: 1 })
  })
  return onnx.node('Concat', pieces, { axis: 0 })
}

const biased: ReadonlySet<string> = new Set(['BiasGelu', 'FastGelu'])

function rowCount(t: Translation): number {
  const { type } = inputAt(t, 0)
  return type.dimensions.reduce(
    (count, { axis, size }) => (axis === 'unit' ? count : count * concreteSize(size, t.sizes)),
    1,
  )
}
