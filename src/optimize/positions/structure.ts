/** Types and attributes of nodes, as the analyses of positions need them. */
import type { Axis, Node } from '../../graph/graph.ts'
import { axesAttribute, axesOf } from '../../graph/ops/support/inputs.ts'
import { hasAxis } from '../../graph/type.ts'

/** Does a value vary with the position in a text? */
export function varies({ type }: Node): boolean {
  return hasAxis(type, 'token') || hasAxis(type, "token'")
}

export interface Operand {
  readonly node: Node
  /** The label of each of its axes. */
  readonly labels: ReadonlyMap<Axis, Axis>
}

/** The operands of a contraction. */
export function contractOperands({ op, inputs, attributes }: Node): readonly Operand[] {
  return inputs.map((node, i) => {
    const labels = axesAttribute(op, attributes, i === 0 ? 'left' : 'right')
    return { node, labels: new Map(axesOf(node).map((axis, k) => [axis, labels[k] ?? axis])) }
  })
}
