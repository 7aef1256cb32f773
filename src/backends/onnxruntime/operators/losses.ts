/** Losses by labels: one entry of each row is read, or changed, instead of a whole row of zeros and a one. */
import type { Axis } from '../../../graph/graph.ts'
import { sizeOf } from '../../../graph/type.ts'
import { aligned, axesOf, axisOf, inputAt, type Operator, positionOf, type Translation } from '../operand.ts'
import { dataTypes } from '../protobuf.ts'

/** Labels within the axis as places along it, [.., 1, ..], and which rows have one. */
function labelled(t: Translation, axis: Axis, dimensions: Translation['type']['dimensions']) {
  const { onnx } = t
  const [scores, labels] = [inputAt(t, 0), inputAt(t, 1)]
  const size = onnx.node('Cast', [onnx.size(sizeOf(scores.type, axis))], { to: dataTypes.i32 })
  // the rows of labels with an axis of size 1 where the scores have theirs
  const rows = dimensions.map((d) => (d.axis === axis ? { ...d, size: 1 } : d))
  const spread = aligned(onnx, labels, rows)
  const some = onnx.node('And', [
    onnx.node('GreaterOrEqual', [spread, onnx.int32(0)]),
    onnx.node('Less', [spread, size]),
  ])
  const place = onnx.node('Cast', [onnx.node('Where', [some, spread, onnx.int32(0)])], { to: dataTypes.i64 })
  return { some, place }
}

/** Only where labels have all other axes of the scores, in scores of the result's own axes; undefined elsewhere, and with a mask: then the decomposition serves. */
function simple(t: Translation, scores: Translation['type'], axis: Axis, mask: number): boolean {
  const labels = axesOf(inputAt(t, 1).type)
  const rest = axesOf(scores).filter((one) => one !== axis)
  return t.inputs[mask] === undefined && labels.join() === rest.join()
}

export function crossEntropyLabels(t: Translation): string | undefined {
  const { onnx } = t
  const scores = inputAt(t, 0)
  const axis = axisOf(t)
  if (!simple(t, scores.type, axis, 2)) return undefined
  const at = positionOf(scores.type, axis)
  const { some, place } = labelled(t, axis, scores.type.dimensions)
  const logs = onnx.node('LogSoftmax', [scores.name], { axis: at })
  const own = onnx.node('GatherElements', [logs, place], { axis: at })
  const kept = onnx.node('Where', [some, onnx.node('Neg', [own]), onnx.float(0)])
  return onnx.node('Squeeze', [kept, onnx.ints([at])])
}

/** g (p - one_hot(label)) */
export function crossEntropyLabelsGradient(t: Translation): string | undefined {
  const { onnx } = t
  const [p, g] = [inputAt(t, 0), inputAt(t, 2)]
  const axis = axisOf(t)
  if (!simple(t, p.type, axis, 3) || axesOf(t.type).join() !== axesOf(p.type).join()) return undefined
  const at = positionOf(p.type, axis)
  const { some, place } = labelled(t, axis, p.type.dimensions)
  const rows = p.type.dimensions.map((d) => (d.axis === axis ? { ...d, size: 1 } : d))
  const up = aligned(onnx, g, rows)
  const kept = onnx.node('Where', [some, up, onnx.float(0)])
  // one entry a row: no two threads add to the same one
  const down = onnx.node('Expand', [onnx.node('Neg', [kept]), onnx.node('Shape', [place])])
  const spread = onnx.node('Mul', [p.name, kept])
  return onnx.node('ScatterElements', [spread, place, down], { axis: at, reduction: 'add' })
}

export const byLabels: { readonly [op: string]: (t: Translation) => string | undefined } = {
  cross_entropy_labels: crossEntropyLabels,
  cross_entropy_labels_gradient: crossEntropyLabelsGradient,
} satisfies { readonly [op: string]: (t: Translation) => ReturnType<Operator> | undefined }
