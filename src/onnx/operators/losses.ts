/** Losses by labels: one entry of each row is read, or changed, instead of a row of zeros and a one. */
import type { Axis, Size } from '../../graph/graph.ts'
import { sizeOf } from '../../graph/type.ts'
import type { OnnxGraph } from '../onnx-graph.ts'
import { aligned, axesOf, axisOf, inputAt, positionOf, sizesOf, type Translation } from '../operand.ts'
import { dataTypes } from '../protobuf.ts'

/** Which labels are entries of an axis of that size. */
function within(onnx: OnnxGraph, labels: string, size: Size): string {
  const end = onnx.node('Cast', [onnx.size(size)], { to: dataTypes.i32 })
  return onnx.node('And', [
    onnx.node('GreaterOrEqual', [labels, onnx.int32(0)]),
    onnx.node('Less', [labels, end]),
  ])
}

/** Labels within the axis as places along it, [.., 1, ..], and which rows have one. */
function labelled(t: Translation, axis: Axis, dimensions: Translation['type']['dimensions']) {
  const { onnx } = t
  const [scores, labels] = [inputAt(t, 0), inputAt(t, 1)]
  // the rows of labels with an axis of size 1 where the scores have theirs
  const rows = dimensions.map((d) => (d.axis === axis ? { ...d, size: 1 } : d))
  const spread = aligned(onnx, labels, rows)
  const some = within(onnx, spread, sizeOf(scores.type, axis))
  const place = onnx.node('Cast', [onnx.node('Where', [some, spread, onnx.int32(0)])], { to: dataTypes.i64 })
  return { some, place }
}

/**
 * Only if labels have all other axes of the scores, and the result the axes of the scores. Otherwise, and
 * with a mask, undefined: then the decomposition is used.
 */
function simple(t: Translation, scores: Translation['type'], axis: Axis, mask: number): boolean {
  const labels = axesOf(inputAt(t, 1).type)
  const rest = axesOf(scores).filter((one) => one !== axis)
  return t.inputs[mask] === undefined && labels.join() === rest.join()
}

/**
 * Whether rows with a label are few among the rows [position, class]: of all attended tokens, those that were
 * masked.
 */
function isSparse({ dimensions: [rows, columns, ...more] }: Translation['type'], axis: Axis): boolean {
  const attended = rows?.axis === 'position' && String(rows.size).startsWith('R')
  return attended && columns?.axis === axis && more.length === 0
}

/** The rows with a label: their places i64[n], and their labels i64[n, 1]. */
function labelledRows(t: Translation, axis: Axis): { readonly places: string; readonly labels: string } {
  const { onnx } = t
  const { name: labels } = inputAt(t, 1)
  const some = within(onnx, labels, sizeOf(inputAt(t, 0).type, axis))
  const places = onnx.node('Reshape', [onnx.node('NonZero', [some]), onnx.ints([-1])])
  const own = onnx.node('Cast', [onnx.node('Gather', [labels, places], { axis: 0 })], { to: dataTypes.i64 })
  return { places, labels: onnx.node('Unsqueeze', [own, onnx.ints([1])]) }
}

/** Values added to zeros at places of their own: no two threads add to the same one. */
function amongZeros(
  { onnx }: Translation,
  type: Translation['type'],
  places: string,
  values: string,
): string {
  const zeros = onnx.node('Expand', [onnx.float(0), onnx.shape(sizesOf(type))])
  const column = onnx.node('Unsqueeze', [places, onnx.ints([1])])
  return onnx.node('ScatterND', [zeros, column, values], { reduction: 'add' })
}

export function crossEntropyLabels(t: Translation): string | undefined {
  const { onnx } = t
  const scores = inputAt(t, 0)
  const axis = axisOf(t)
  if (!simple(t, scores.type, axis, 2)) return undefined
  if (isSparse(scores.type, axis)) {
    const { places, labels } = labelledRows(t, axis)
    const logs = onnx.node('LogSoftmax', [onnx.node('Gather', [scores.name, places], { axis: 0 })], {
      axis: 1,
    })
    const own = onnx.node('GatherElements', [logs, labels], { axis: 1 })
    return amongZeros(t, t.type, places, onnx.node('Neg', [onnx.node('Squeeze', [own, onnx.ints([1])])]))
  }
  const at = positionOf(scores.type, axis)
  const { some, place } = labelled(t, axis, scores.type.dimensions)
  const logs = onnx.node('LogSoftmax', [scores.name], { axis: at })
  const own = onnx.node('GatherElements', [logs, place], { axis: at })
  const kept = onnx.node('Where', [some, onnx.node('Neg', [own]), onnx.float(0)])
  return onnx.node('Squeeze', [kept, onnx.ints([at])])
}

/** Some rows of the softmax, computed from these rows of the scores, so that the others are not computed. */
function sharesOf({ onnx, inputs: [p] }: Translation, places: string): string {
  const softmax = onnx.producer(p?.name ?? '')
  const rows = (value: string): string => onnx.node('Gather', [value, places], { axis: 0 })
  const [scores] = softmax?.op === 'Softmax' && softmax.attributes.axis === 1 ? softmax.inputs : []
  return scores === undefined ? rows(p?.name ?? '') : onnx.node('Softmax', [rows(scores)], { axis: 1 })
}

/** g (p - one_hot(label)) */
export function crossEntropyLabelsGradient(t: Translation): string | undefined {
  const { onnx } = t
  const [p, g] = [inputAt(t, 0), inputAt(t, 2)]
  const axis = axisOf(t)
  if (!simple(t, p.type, axis, 3) || axesOf(t.type).join() !== axesOf(p.type).join()) return undefined
  if (isSparse(p.type, axis)) {
    const { places, labels } = labelledRows(t, axis)
    const shares = sharesOf(t, places)
    const up = onnx.node('Unsqueeze', [onnx.node('Gather', [g.name, places], { axis: 0 }), onnx.ints([1])])
    const spread = onnx.node('Mul', [shares, up])
    const own = [spread, labels, onnx.node('Neg', [up])]
    const rows = onnx.node('ScatterElements', own, { axis: 1, reduction: 'add' })
    return amongZeros(t, t.type, places, rows)
  }
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
