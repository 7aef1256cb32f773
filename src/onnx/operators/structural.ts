/** Operators that move, repeat or add up along axes. */
import type { Axis, Size } from '../../graph/graph.ts'
import { isAxis, sizeOf, toAxis } from '../../graph/type.ts'
import {
  aligned,
  axesOf,
  axisOf,
  inputAt,
  numberOf,
  type Operator,
  positionOf,
  reshaped,
  sizesOf,
  type Translation,
  transposed,
} from '../operand.ts'
import { dataTypes } from '../protobuf.ts'

/** The last axis first: a sum over all of a large tensor at once is taken one by one, and loses digits. */
export const sum: Operator = (t) => {
  const { name, type } = inputAt(t, 0)
  const list = Array.isArray(t.attributes.axes) ? t.attributes.axes.filter(isAxis) : []
  const places = list.map((axis) => positionOf(type, axis)).sort((a, b) => a - b)
  const last = places.at(-1)
  if (last === undefined) return name
  const { onnx } = t
  if (last === 0 && type.dimensions.length === 2) return sumOverRows(t)
  const keep = { keepdims: 0 }
  const inner = onnx.node('ReduceSum', [name, onnx.ints([last])], keep)
  const rest = places.slice(0, -1)
  return rest.length === 0 ? inner : onnx.node('ReduceSum', [inner, onnx.ints(rest)], keep)
}

/**
 * Ones times the matrix: on two threads that takes half the time of the sum over rows that the runtime has,
 * even of few rows.
 */
function sumOverRows(t: Translation): string {
  const { onnx } = t
  const { name, type } = inputAt(t, 0)
  const ones = onnx.node('Expand', [onnx.float(1), onnx.shape([1, sizesOf(type)[0] ?? 1])])
  return onnx.node('Squeeze', [onnx.node('MatMul', [ones, name]), onnx.ints([0])])
}

function extreme(op: string): Operator {
  return (t) => {
    const { name, type } = inputAt(t, 0)
    return t.onnx.node(op, [name, t.onnx.ints([positionOf(type, axisOf(t))])], { keepdims: 0 })
  }
}
export const max = extreme('ReduceMax')
export const min = extreme('ReduceMin')

export const broadcast: Operator = (t) => {
  return t.onnx.node('Expand', [
    aligned(t.onnx, inputAt(t, 0), t.type.dimensions),
    t.onnx.shape(sizesOf(t.type)),
  ])
}

export const rename: Operator = (t) => {
  const { name, type } = inputAt(t, 0)
  const { from, to } = t.attributes
  const renamed = axesOf(type).map((axis) => (axis === from ? toAxis(to) : axis))
  return transposed(t.onnx, name, renamed, axesOf(t.type))
}

export const split: Operator = (t) => {
  const { name, type } = inputAt(t, 0)
  const apart = type.dimensions.flatMap(({ axis, size }): { axis: Axis; size: Size }[] =>
    axis === 'unit'
      ? [
          { axis: 'head', size: sizeOf(t.type, 'head') },
          { axis, size: sizeOf(t.type, 'unit') },
        ]
      : [{ axis, size }],
  )
  const shaped = reshaped(
    t.onnx,
    name,
    apart.map(({ size }) => size),
  )
  return transposed(
    t.onnx,
    shaped,
    apart.map(({ axis }) => axis),
    axesOf(t.type),
  )
}

export const join: Operator = (t) => {
  const { name, type } = inputAt(t, 0)
  const beside = axesOf(t.type).flatMap((axis): Axis[] => (axis === 'unit' ? ['head', 'unit'] : [axis]))
  return reshaped(t.onnx, transposed(t.onnx, name, axesOf(type), beside), sizesOf(t.type))
}

export const slice: Operator = (t) => {
  const { name, type } = inputAt(t, 0)
  const start = numberOf(t, 'start')
  const { onnx } = t
  const ends = onnx.ints([start + numberOf(t, 'size')])
  return onnx.node('Slice', [name, onnx.ints([start]), ends, onnx.ints([positionOf(type, axisOf(t))])])
}

export const pad: Operator = (t) => {
  const { name, type } = inputAt(t, 0)
  const { onnx } = t
  const pads = onnx.ints([numberOf(t, 'before'), numberOf(t, 'after')])
  return onnx.node('Pad', [name, pads, onnx.float(0), onnx.ints([positionOf(type, axisOf(t))])])
}

export const pick: Operator = (t) => {
  const { name, type } = inputAt(t, 0)
  return t.onnx.node('Gather', [name, t.onnx.int64(numberOf(t, 'index'))], {
    axis: positionOf(type, axisOf(t)),
  })
}

export const place: Operator = (t) => {
  const { onnx } = t
  const at = positionOf(t.type, axisOf(t))
  const raised = onnx.node('Unsqueeze', [inputAt(t, 0).name, onnx.ints([at])])
  const index = numberOf(t, 'index')
  const after = onnx.node('Sub', [onnx.size(sizeOf(t.type, axisOf(t))), onnx.ints([index + 1])])
  const pads = onnx.node('Concat', [onnx.ints([index]), after], { axis: 0 })
  return onnx.node('Pad', [raised, pads, onnx.float(0), onnx.ints([at])])
}

export const concat: Operator = (t) =>
  t.onnx.node(
    'Concat',
    t.inputs.map(({ name }) => name),
    { axis: positionOf(t.type, axisOf(t)) },
  )

/** Zeros (false) move in. */
export const shift: Operator = (t) => {
  const { onnx } = t
  const { name, type } = inputAt(t, 0)
  const by = numberOf(t, 'by')
  if (by === 0) return name
  const at = onnx.ints([positionOf(type, axisOf(t))])
  const far = onnx.ints([Number.MAX_SAFE_INTEGER])
  // what stays: all but the last `by` entries, or all but the first
  const from = onnx.ints([Math.max(0, -by)])
  const size = onnx.size(sizeOf(type, axisOf(t)))
  const bounded = onnx.node('Min', [size, onnx.ints([Math.abs(by)])])
  const kept =
    by > 0
      ? onnx.node('Slice', [name, onnx.ints([0]), onnx.node('Sub', [size, bounded]), at])
      : onnx.node('Slice', [name, from, far, at])
  const none = onnx.ints([0])
  const pads = onnx.node('Concat', by > 0 ? [bounded, none] : [none, bounded], { axis: 0 })
  if (type.dtype !== 'bool') {
    const zero = type.dtype === 'f32' ? onnx.float(0) : onnx.int32(0)
    return onnx.node('Pad', [kept, pads, zero, at])
  }
  const numbers = onnx.node('Pad', [
    onnx.node('Cast', [kept], { to: dataTypes.f32 }),
    pads,
    onnx.float(0),
    at,
  ])
  return onnx.node('Cast', [numbers], { to: dataTypes.bool })
}

function chunked(t: Translation, type: Translation['type']): { readonly at: number; readonly sizes: Size[] } {
  const count = numberOf(t, 'count')
  const at = positionOf(type, axisOf(t))
  // [.., size, ..] as [.., count, size / count, ..]
  const share = sizeOf(t.op === 'chunk' ? t.type : inputAt(t, 0).type, axisOf(t))
  const sizes = sizesOf(type).flatMap((size, i): Size[] => (i === at ? [count, share] : [size]))
  return { at, sizes }
}

export const chunk: Operator = (t) => {
  const { name, type } = inputAt(t, 0)
  const { at, sizes } = chunked(t, type)
  return t.onnx.node('Gather', [reshaped(t.onnx, name, sizes), t.onnx.int64(numberOf(t, 'index'))], {
    axis: at,
  })
}

export const unchunk: Operator = (t) => {
  const { onnx } = t
  const { at } = chunked(t, t.type)
  const [index, count] = [numberOf(t, 'index'), numberOf(t, 'count')]
  const raised = onnx.node('Unsqueeze', [inputAt(t, 0).name, onnx.ints([at])])
  const placed = onnx.node('Pad', [
    raised,
    onnx.ints([index, count - index - 1]),
    onnx.float(0),
    onnx.ints([at]),
  ])
  return reshaped(onnx, placed, sizesOf(t.type))
}
