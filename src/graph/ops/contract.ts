import {
  type Attributes,
  type Axis,
  axisOrder,
  GraphError,
  type Node,
  type OpDefinition,
  type TensorType,
} from '../graph.ts'
import { precisionAttribute, precisionOf } from '../precision.ts'
import { isAxis, tensorType, unionDimensions } from '../type.ts'
import { axesAttribute, axesOf, requireReal, take } from './support/inputs.ts'
import { multiplied } from './support/products.ts'

/**
 * Two-operand product with sums (einsum){left, right, sum, precision?: bf16 | int8}: `left` and `right` give
 * a label to each dimension of a and b, in their order; labels are axis
 * names, equal ones are walked together, those of `sum` are summed over, and the result has all others, under
 * the label's name.
 *   (C1) two inputs, f32  (C2) as many labels as dimensions  (C3) a label occurs once in a list  (C4) shared labels have one size
 *   (C5) labels of `sum` occur on both sides  (C6) precision is one of these (precision.ts)
 * A product in bf16 has a gradient of products in bf16; one in int8 has none.
 */
export const contract: OpDefinition = {
  name: 'contract',
  infer: (inputs, attributes) => {
    const [a, b] = take('contract', inputs, 2)
    precisionOf(attributes)
    const left = relabelled('left', a, axesAttribute('contract', attributes, 'left'))
    const right = relabelled('right', b, axesAttribute('contract', attributes, 'right'))
    const summed = axesAttribute('contract', attributes, 'sum')
    for (const label of summed) {
      if (![left, right].every((side) => side.some((d) => d.axis === label))) {
        throw new GraphError(`contract: ${label} is summed but not on both sides`)
      }
    }
    return tensorType(
      'f32',
      unionDimensions(left, right).filter((d) => !summed.includes(d.axis)),
    )
  },
  // y_Y = sum_S a_L b_R: the gradient of a is sum over R without L of g_Y b_R, and the same with sides
  // exchanged.
  vjp: (builder, node, cotangent) => {
    const [a, b] = take(node.op, node.inputs, 2)
    const left = axesAttribute('contract', node.attributes, 'left')
    const right = axesAttribute('contract', node.attributes, 'right')
    const result = axesOf(node)
    const precision = gradientPrecision(node)
    const toward = (own: TensorType, mine: readonly Axis[], other: readonly Axis[]) => {
      const name = namer(axesOf(own), mine, other)
      return {
        left: result.map(name),
        right: other.map(name),
        sum: other.filter((label) => !mine.includes(label)).map(name),
        ...precision,
      }
    }
    return [
      builder.add('contract', [cotangent, b], toward(a.type, left, right)),
      builder.add('contract', [cotangent, a], toward(b.type, right, left)),
    ]
  },
  evaluate: (inputs, attributes, type, environment) => {
    const [a, b] = take('contract', inputs, 2)
    return multiplied(
      { value: a.value, labels: axesAttribute('contract', attributes, 'left') },
      { value: b.value, labels: axesAttribute('contract', attributes, 'right') },
      type,
      environment,
      precisionOf(attributes),
    )
  },
}

/**
 * The attribute of the products that a product's gradient is made of. Throws GraphError for int8: its steps
 * have no slope.
 */
export function gradientPrecision({ op, attributes }: Node): Attributes {
  const precision = precisionOf(attributes)
  if (precision === 'int8') throw new GraphError(`${op}: a product in int8 has no gradient`)
  return precisionAttribute(precision)
}

function relabelled(side: string, type: TensorType, labels: readonly Axis[]) {
  requireReal('contract', `its ${side} input`, type)
  if (labels.length !== type.dimensions.length) {
    throw new GraphError(
      `contract: ${labels.length} labels for ${type.dimensions.length} dimensions (${side})`,
    )
  }
  return type.dimensions.map(({ size }, k) => ({ axis: labels[k] ?? 'unit', size }))
}

/**
 * New labels for a gradient's product, so that its result has the operand's own axis names. The labels of the
 * operand become its axes. Any other label keeps its name if that is free. Otherwise it takes the primed or
 * plain axis of its kind, or else the first axis that is free.
 */
function namer(own: readonly Axis[], mine: readonly Axis[], other: readonly Axis[]): (label: Axis) => Axis {
  const names = new Map<Axis, Axis>(mine.map((label, k) => [label, own[k] ?? label]))
  const taken = new Set<Axis>(own)
  const others = other.filter((label) => !names.has(label))
  for (const label of others) {
    const free = (axis: Axis) => !taken.has(axis) && (axis === label || !others.includes(axis))
    const name = [label, ...twinOf(label), ...axisOrder].find(free)
    if (name === undefined) throw new GraphError('contract: no axis name is left')
    taken.add(name)
    names.set(label, name)
  }
  return (label) => names.get(label) ?? label
}

/** token' for token, and token for token'; likewise for other axes. */
function twinOf(axis: Axis): readonly Axis[] {
  const name = axis.endsWith("'") ? axis.slice(0, -1) : `${axis}'`
  return isAxis(name) ? [name] : []
}
