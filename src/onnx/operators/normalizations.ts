/**
 * Operators along one axis that are not decomposed: ONNX Runtime has fast ones for softmax and for the
 * normalisation over units.
 */
import { type Axis, GraphError } from '../../graph/graph.ts'
import { farBelow } from '../../graph/ops/softmax.ts'
import { hasAxis, sizeOf } from '../../graph/type.ts'
import {
  aligned,
  axesOf,
  axisOf,
  inputAt,
  type Operand,
  type Operator,
  positionOf,
  type Translation,
  transposed,
} from '../operand.ts'
import { dataTypes } from '../protobuf.ts'

/**
 * What is added to scores: far below all others where the mask leaves out, so that ONNX gives 0 there, but
 * for lanes without any entry.
 */
function lowering(
  { onnx }: Translation,
  mask: Operand,
  dimensions: Translation['type']['dimensions'],
): string {
  // on the mask itself, which is small
  const addend = onnx.node('Where', [mask.name, onnx.float(0), onnx.float(farBelow)])
  return aligned(onnx, { name: addend, type: mask.type }, dimensions)
}

function lowered(t: Translation, x: Operand, mask: Operand | undefined): string {
  if (mask === undefined) return x.name
  return t.onnx.node('Add', [x.name, lowering(t, mask, x.type.dimensions)])
}

/** 1 for lanes with an entry that the mask leaves, 0 for the others; the mask has the axis. */
function anyLive({ onnx }: Translation, mask: Operand, axis: Axis): Operand {
  const numbers = onnx.node('Cast', [mask.name], { to: dataTypes.f32 })
  const name = onnx.node('ReduceMax', [numbers, onnx.ints([positionOf(mask.type, axis)])], { keepdims: 0 })
  const dimensions = mask.type.dimensions.filter((d) => d.axis !== axis)
  return { name, type: { dtype: 'f32', dimensions } }
}

/** Shares with zeros in lanes without any entry: elsewhere what the mask leaves out is 0 already. */
function emptied(t: Translation, shares: string, mask: Operand | undefined): string {
  if (mask === undefined) return shares
  const { onnx } = t
  const axis = axisOf(t)
  if (!hasAxis(mask.type, axis)) {
    const numbers = onnx.node('Cast', [mask.name], { to: dataTypes.f32 })
    return onnx.node('Mul', [shares, aligned(onnx, { name: numbers, type: mask.type }, t.type.dimensions)])
  }
  return onnx.node('Mul', [shares, aligned(onnx, anyLive(t, mask, axis), t.type.dimensions)])
}

export const softmax: Operator = (t) => {
  const [x, mask] = [inputAt(t, 0), t.inputs[1]]
  const shares = t.onnx.node('Softmax', [lowered(t, x, mask)], { axis: positionOf(x.type, axisOf(t)) })
  return emptied(t, shares, mask)
}

export const logSoftmax: Operator = (t) => {
  const { onnx } = t
  const [x, mask] = [inputAt(t, 0), t.inputs[1]]
  const logs = onnx.node('LogSoftmax', [lowered(t, x, mask)], { axis: positionOf(x.type, axisOf(t)) })
  if (mask === undefined) return logs
  return onnx.node('Where', [aligned(onnx, mask, t.type.dimensions), logs, onnx.float(0)])
}

/** Scale, bias and mask in front of softmax: bias and mask are small, and become one addend. */
export const scaledSoftmax: Operator = (t) => {
  const { onnx } = t
  const [x, bias, mask] = [inputAt(t, 0), inputAt(t, 1), t.inputs[2]]
  const { divisor } = t.attributes
  if (typeof divisor !== 'number') throw new GraphError('scaled_softmax: no divisor')
  const scaled = onnx.node('Mul', [x.name, onnx.float(1 / divisor)])
  const own = aligned(onnx, bias, x.type.dimensions)
  const addend =
    mask === undefined
      ? own
      : onnx.node('Where', [aligned(onnx, mask, x.type.dimensions), own, onnx.float(farBelow)])
  const shares = onnx.node('Softmax', [onnx.node('Add', [scaled, addend])], {
    axis: positionOf(x.type, axisOf(t)),
  })
  return emptied(t, shares, mask)
}

/** With the units as the last axis. */
function overUnits(t: Translation, write: (x: string, last: readonly Axis[]) => string): string {
  const x = inputAt(t, 0)
  const own = axesOf(x.type)
  const last = [...own.filter((axis) => axis !== 'unit'), 'unit' as const]
  return transposed(t.onnx, write(transposed(t.onnx, x.name, own, last), last), last, own)
}

function epsilonOf({ attributes: { epsilon } }: Translation): { readonly float: number } {
  if (typeof epsilon !== 'number') throw new GraphError('no epsilon')
  return { float: epsilon }
}

export const layerNorm: Operator = (t) =>
  overUnits(t, (x) =>
    t.onnx.node('LayerNormalization', [x, inputAt(t, 1).name, inputAt(t, 2).name], {
      axis: -1,
      epsilon: epsilonOf(t),
    }),
  )

/**
 * Standardised values and 1 / deviation [.., 1], of values with the units last: one node for the way there
 * and the backward pass.
 */
function standardized(t: Translation, x: string): readonly [y: string, inverse: string] {
  const width = sizeOf(t.type, 'unit')
  if (typeof width !== 'number') throw new GraphError(`${t.op}: no fixed number of units`)
  const ones = t.onnx.floats(new Array(width).fill(1))
  const attributes = { axis: -1, epsilon: epsilonOf(t) }
  const [y = '', , inverse = ''] = t.onnx.several('LayerNormalization', [x, ones], 3, attributes)
  return [y, inverse]
}

export const standardize: Operator = (t) => overUnits(t, (x) => standardized(t, x)[0])

/** (g - mean(g) - y mean(g y)) / deviation */
export const standardizeGradient: Operator = (t) =>
  overUnits(t, (x, last) => {
    const { onnx } = t
    const g = transposed(onnx, inputAt(t, 1).name, axesOf(inputAt(t, 1).type), last)
    const mean = (value: string): string => onnx.node('ReduceMean', [value, onnx.ints([-1])])
    const [y, inverse] = standardized(t, x)
    const level = onnx.node('Sub', [g, mean(g)])
    const scale = mean(onnx.node('Mul', [g, y]))
    return onnx.node('Mul', [onnx.node('Sub', [level, onnx.node('Mul', [y, scale])]), inverse])
  })

export const softmaxGradient: Operator = (t) => {
  const { onnx } = t
  const [y, g] = [inputAt(t, 0), inputAt(t, 1).name]
  const axes = onnx.ints([positionOf(y.type, axisOf(t))])
  const weighted = onnx.node('Mul', [y.name, g])
  const total = onnx.node('ReduceSum', [weighted, axes])
  return onnx.node('Sub', [weighted, onnx.node('Mul', [y.name, total])])
}
