/**
 * Leaves: ops without inputs whose type is in their attributes. The builder and the verifier type them by
 * this rule, so a registry of ops need not contain them.
 */
import { type Attributes, type AttributeValue, GraphError, type Node, type TensorType } from './graph.ts'
import { readDimensions, readDType, tensorType, toAxis } from './type.ts'

/**
 * The type of a leaf, or undefined where `op` is not one. Throws GraphError where attributes are missing or
 * wrong.
 */
export function leafType(op: string, attributes: Attributes): TensorType | undefined {
  switch (op) {
    case 'input':
      requireName(op, attributes)
      return tensorType(readDType(attributes.dtype), readDimensions(attributes.dimensions))
    case 'parameter':
      requireName(op, attributes)
      return tensorType('f32', readDimensions(attributes.dimensions))
    case 'constant':
      if (typeof attributes.value !== 'number') throw new GraphError('constant: `value` must be a number')
      return tensorType('f32')
    case 'vector':
      return tensorType('f32', [{ axis: toAxis(attributes.axis), size: vectorLength(attributes.values) }])
    default:
      return undefined
  }
}

function requireName(op: string, attributes: Attributes): void {
  if (typeof attributes.name !== 'string' || attributes.name === '')
    throw new GraphError(`${op}: a name is missing`)
}

function vectorLength(values: AttributeValue | undefined): number {
  if (Array.isArray(values) && values.every((v) => typeof v === 'number')) return values.length
  throw new GraphError('vector: `values` must be a list of numbers')
}

/** The name of an input or a parameter, undefined for any other node. */
export function leafName(node: Node): string | undefined {
  if (node.op !== 'input' && node.op !== 'parameter') return undefined
  const { name } = node.attributes
  return typeof name === 'string' ? name : undefined
}

/** The value of a `constant`, undefined for any other node. */
export function constantValue(node: Node): number | undefined {
  if (node.op !== 'constant') return undefined
  const { value } = node.attributes
  return typeof value === 'number' ? value : undefined
}
