/** Operators along one axis that stay whole: ONNX Runtime has fast ones for softmax and for the normalisation over units. */
import { type Axis, GraphError } from '../../../graph/graph.ts'
import { farBelow } from '../../../graph/ops/softmax.ts'
import { sizeOf } from '../../../graph/type.ts'
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

/** Scores with what the mask leaves out far below all others: ONNX then gives 0 there, but for lanes without any entry. */
function lowered(t: Translation, x: Operand, mask: Operand | undefined): string {
  if (mask === undefined) return x.name
  const { onnx } = t
  return onnx.node('Where', [aligned(onnx, mask, x.type.dimensions), x.name, onnx.float(farBelow)])
}

/** Zeros where the mask leaves out: also in lanes without any entry. */
function live(t: Translation, value: string, mask: Operand | undefined): string {
  if (mask === undefined) return value
  return t.onnx.node('Where', [aligned(t.onnx, mask, t.type.dimensions), value, t.onnx.float(0)])
}

export const softmax: Operator = (t) => {
  const [x, mask] = [inputAt(t, 0), t.inputs[1]]
  const shares = t.onnx.node('Softmax', [lowered(t, x, mask)], { axis: positionOf(x.type, axisOf(t)) })
  return live(t, shares, mask)
}

export const logSoftmax: Operator = (t) => {
  const [x, mask] = [inputAt(t, 0), t.inputs[1]]
  const logs = t.onnx.node('LogSoftmax', [lowered(t, x, mask)], { axis: positionOf(x.type, axisOf(t)) })
  return live(t, logs, mask)
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
  return live(t, shares, mask)
}

/** With the units last, whatever stands behind them. */
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

export const standardize: Operator = (t) =>
  overUnits(t, (x) => {
    const width = sizeOf(t.type, 'unit')
    if (typeof width !== 'number') throw new GraphError('standardize: no fixed number of units')
    const ones = t.onnx.floats(new Array(width).fill(1))
    return t.onnx.node('LayerNormalization', [x, ones], { axis: -1, epsilon: epsilonOf(t) })
  })

/** (g - mean(g) - y mean(g y)) / deviation */
export const standardizeGradient: Operator = (t) => {
  const { onnx } = t
  const [x, g] = [inputAt(t, 0), inputAt(t, 1).name]
  const axes = onnx.ints([positionOf(x.type, 'unit')])
  const mean = (value: string): string => onnx.node('ReduceMean', [value, axes])
  const centred = onnx.node('Sub', [x.name, mean(x.name)])
  const variance = mean(onnx.node('Mul', [centred, centred]))
  const deviation = onnx.node('Sqrt', [onnx.node('Add', [variance, onnx.float(epsilonOf(t).float)])])
  const y = onnx.node('Div', [centred, deviation])
  const scale = mean(onnx.node('Mul', [g, y]))
  const level = onnx.node('Sub', [g, mean(g)])
  return onnx.node('Div', [onnx.node('Sub', [level, onnx.node('Mul', [y, scale])]), deviation])
}

export const softmaxGradient: Operator = (t) => {
  const { onnx } = t
  const [y, g] = [inputAt(t, 0), inputAt(t, 1).name]
  const axes = onnx.ints([positionOf(y.type, axisOf(t))])
  const weighted = onnx.node('Mul', [y.name, g])
  const total = onnx.node('ReduceSum', [weighted, axes])
  return onnx.node('Sub', [weighted, onnx.node('Mul', [y.name, total])])
}
