/**
 * Values of our graph as values of an ONNX graph: named axes become positions, which only this file and the
 * operators know.
 */
import {
  type Attributes,
  type Axis,
  type BatchSizes,
  type Dimension,
  GraphError,
  type Node,
  type Size,
  type TensorType,
} from '../graph/graph.ts'
import type { OpKey } from '../graph/ops/index.ts'
import { toAxis } from '../graph/type.ts'
import type { OnnxGraph } from './onnx-graph.ts'

/** A value of the ONNX graph, with what our graph knows of it. */
export interface Operand {
  readonly name: string
  readonly type: TensorType
}

/** What an operator is translated from. */
export interface Translation {
  readonly onnx: OnnxGraph
  readonly op: string
  readonly inputs: readonly Operand[]
  /** By input: whether nothing else of the graph reads it. */
  readonly alone: readonly boolean[]
  readonly attributes: Attributes
  readonly type: TensorType
  /** Sizes of a batch such as the model will be run on: they decide between ways to compute the same. */
  readonly sizes: BatchSizes
}

/** Writes the nodes of an operator; gives the name of the value. */
export type Operator = (translation: Translation) => string

/** By op. Undefined: these inputs are not computed that way. */
export type Operators = { readonly [op in OpKey]?: (translation: Translation) => string | undefined }

export function axesOf(type: TensorType): Axis[] {
  return type.dimensions.map(({ axis }) => axis)
}

export function sizesOf(type: TensorType): Size[] {
  return type.dimensions.map(({ size }) => size)
}

export function positionOf({ dimensions }: TensorType, axis: Axis): number {
  const position = dimensions.findIndex((d) => d.axis === axis)
  if (position < 0) throw new GraphError(`no axis ${axis}`)
  return position
}

/** The axis that an operator works along. */
export function axisOf({ attributes }: Pick<Translation, 'attributes'>): Axis {
  return toAxis(attributes.axis)
}

export function numberOf({ attributes, op }: Pick<Translation, 'attributes' | 'op'>, key: string): number {
  const value = attributes[key]
  if (typeof value !== 'number') throw new Error(`${op}: attribute ${key} is no number`)
  return value
}

export function inputAt({ op, inputs }: Pick<Translation, 'op' | 'inputs'>, index: number): Operand {
  const input = inputs[index]
  if (input === undefined) throw new GraphError(`${op}: input ${index} is missing`)
  return input
}

/**
 * The value with axes of size 1 where it lacks those of `dimensions`, so that ONNX's broadcasting, from the
 * last axis on, means the same as ours by name.
 */
export function aligned(onnx: OnnxGraph, { name, type }: Operand, dimensions: readonly Dimension[]): string {
  const own = axesOf(type)
  const first = dimensions.findIndex(({ axis }) => own.includes(axis))
  if (first < 0) return name
  const missing = dimensions.flatMap(({ axis }, i) => (i > first && !own.includes(axis) ? [i - first] : []))
  return missing.length === 0 ? name : onnx.node('Unsqueeze', [name, onnx.ints(missing)])
}

/** The value with its axes in another order. */
export function transposed(
  onnx: OnnxGraph,
  name: string,
  from: readonly Axis[],
  to: readonly Axis[],
): string {
  const order = to.map((axis) => from.indexOf(axis))
  return order.every((place, i) => place === i) ? name : onnx.node('Transpose', [name], { perm: order })
}

export function reshaped(onnx: OnnxGraph, name: string, sizes: readonly Size[]): string {
  return onnx.node('Reshape', [name, onnx.shape(sizes)])
}

export function operandOf(name: string, node: Pick<Node, 'type'>): Operand {
  return { name, type: node.type }
}
