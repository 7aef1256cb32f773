/**
 * log softmax over one lane, in float64, with a mask. What softmax and all losses over a distribution are
 * made of.
 */
import type { Axis, OpDefinition, OpName, ReferenceEnvironment, TensorType } from '../../graph.ts'
import { axisIndex, concreteShape, tensorType, unionDimensions } from '../../type.ts'
import { axisAttribute, requireAxis, requireMask, requireReal, takeMasked } from './inputs.ts'
import { aligned, at, eachLane, type Operand, zeros } from './values.ts'

export interface LogSoftmax {
  /** log p_i, 0 at masked entries; NaN-free whatever they hold. */
  readonly logs: Float64Array
  /** p_i, 0 at masked entries. */
  readonly shares: Float64Array
}

/**
 * Over entries start + i stride; an entry is live where mask is not 0 (all without a mask). A lane with no
 * live entry is all 0.
 */
export function logSoftmaxLane(
  data: Float64Array,
  mask: Float64Array | undefined,
  start: number,
  stride: number,
  length: number,
): LogSoftmax {
  const logs = new Float64Array(length)
  const shares = new Float64Array(length)
  const live: number[] = []
  let highest = Number.NEGATIVE_INFINITY
  for (let i = 0; i < length; i++) {
    if (mask !== undefined && at(mask, start + i * stride) === 0) continue
    live.push(i)
    highest = Math.max(highest, at(data, start + i * stride))
  }
  let total = 0
  for (const i of live) total += Math.exp(at(data, start + i * stride) - highest)
  for (const i of live) {
    logs[i] = at(data, start + i * stride) - highest - Math.log(total)
    shares[i] = Math.exp(at(logs, i))
  }
  return { logs, shares }
}

/**
 * Shape rule and values of an op that computes p or log p along its axis{axis}. Its inputs are x, f32, which
 * has the axis, and optionally a mask, bool, over axes of x.
 */
export function overLanes(op: OpName, wanted: keyof LogSoftmax): Pick<OpDefinition, 'infer' | 'evaluate'> {
  return {
    infer: (inputs, attributes) => {
      const [x, mask] = takeMasked(op, inputs, 1)
      requireReal(op, 'its input', x)
      requireAxis(op, x, axisAttribute(op, attributes, 'axis'))
      requireMask(op, mask, x)
      return x
    },
    evaluate: (inputs, attributes, type, environment) => {
      const [x, mask] = takeMasked(op, inputs, 1)
      const result = zeros(type, environment)
      const live = mask === undefined ? undefined : aligned(mask, type.dimensions, result.shape)
      const axis = axisIndex(type, axisAttribute(op, attributes, 'axis'))
      eachLane(result.shape, axis, (start, stride, length) => {
        const values = logSoftmaxLane(x.value.data, live, start, stride, length)[wanted]
        for (let i = 0; i < length; i++) result.data[start + i * stride] = at(values, i)
      })
      return result
    },
  }
}

/** Operands over the axes that they have together (and `axis`, which results without it have lost). */
export function together(
  operands: readonly (Operand | undefined)[],
  environment: ReferenceEnvironment,
): { readonly type: TensorType; readonly shape: number[]; readonly columns: (Float64Array | undefined)[] } {
  const present = operands.filter((operand) => operand !== undefined)
  const type = tensorType('f32', unionDimensions(...present.map((operand) => operand.type.dimensions)))
  const shape = concreteShape(type, environment.sizes)
  const columns = operands.map((operand) =>
    operand === undefined ? undefined : aligned(operand, type.dimensions, shape),
  )
  return { type, shape, columns }
}

/** Row type of a loss over an axis: all axes of the inputs but that one. */
export function rowType(axis: Axis, ...inputs: readonly (TensorType | undefined)[]): TensorType {
  const lists = inputs.filter((type) => type !== undefined).map((type) => type.dimensions)
  return tensorType(
    'f32',
    unionDimensions(...lists).filter((d) => d.axis !== axis),
  )
}

/**
 * Rule of a loss between two f32 tensors that both have the axis, and perhaps a mask, bool; `what` names the
 * two in messages.
 */
export function rowLoss(op: OpName, what: string): OpDefinition['infer'] {
  return (inputs, attributes) => {
    const [a, b, mask] = takeMasked(op, inputs, 2)
    const axis = axisAttribute(op, attributes, 'axis')
    for (const input of [a, b]) {
      requireReal(op, what, input)
      requireAxis(op, input, axis)
    }
    requireMask(op, mask)
    return rowType(axis, a, b, mask)
  }
}
