/** A node at known sizes: what kernels are prepared from. Symbols such as B and L are numbers here. */
import type { Attributes, Axis, DType, Node, TensorType } from '../graph/graph.ts'
import { type BatchSizes, concreteShape } from '../graph/type.ts'

export type DeviceDType = 'float32' | 'int32' | 'bool'

export interface Operand {
  readonly dtype: DType
  readonly axes: readonly Axis[]
  readonly shape: readonly number[]
  readonly size: number
}

export interface Site {
  readonly op: string
  readonly attributes: Attributes
  readonly inputs: readonly Operand[]
  readonly output: Operand
  /** Of the batch. */
  readonly sizes: BatchSizes
  /**
   * Of each input: whether it is a parameter, so that a form derived from it can be kept
   * (`RunContext.derived`).
   */
  readonly fixed: readonly boolean[]
  /**
   * Of each input: whether it is a parameter that no step changes. Where absent, nothing is known of them.
   */
  readonly frozen?: readonly boolean[]
}

function operandOf(type: TensorType, sizes: BatchSizes): Operand {
  const shape = concreteShape(type, sizes)
  return {
    dtype: type.dtype,
    axes: type.dimensions.map((d) => d.axis),
    shape,
    size: shape.reduce((product, n) => product * n, 1),
  }
}

/** What a site is made from: a node, or as much of one. */
type Located<Input> = Pick<Node, 'op' | 'attributes' | 'type'> & {
  readonly inputs: readonly Input[]
}

/** `isFrozen`: whether no step changes a parameter. */
export function siteOf<Input extends Pick<Node, 'op' | 'type'>>(
  node: Located<Input>,
  sizes: BatchSizes,
  isFrozen?: (input: Input) => boolean,
): Site {
  return {
    op: node.op,
    attributes: node.attributes,
    inputs: node.inputs.map((input) => operandOf(input.type, sizes)),
    output: operandOf(node.type, sizes),
    sizes,
    fixed: node.inputs.map((input) => input.op === 'parameter'),
    ...(isFrozen === undefined ? {} : { frozen: node.inputs.map(isFrozen) }),
  }
}

/** Input `index` of a site. Throws where it has none: a graph that the verifier would have refused. */
export function inputOf(site: Site, index: number): Operand {
  const operand = site.inputs[index]
  if (operand === undefined) throw new Error(`${site.op}: input ${index} is missing`)
  return operand
}

export function deviceDType(dtype: DType): DeviceDType {
  return dtype === 'f32' ? 'float32' : dtype === 'i32' ? 'int32' : 'bool'
}
