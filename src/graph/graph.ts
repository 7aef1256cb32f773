/**
 * The graph: typed SSA over tensors with named axes and symbolic sizes. Nodes are hash-consed (one node for
 * one meaning within a builder) and immutable; names such as `%7` exist only in printed text. Every value
 * holds its axes in the one canonical order below, so no transposition is ever visible here: broadcasting
 * aligns by name, kernels transpose inside.
 */
import type { Span } from '../diagnostics/diagnostic.ts'

/**
 * The canonical order of the axes of every value. `row`, `column` are those of parameters (a Linear's weight
 * is [row out, column in]). A `position` is a pair of example and token that counts, dense: what padding
 * removal makes of [example, token].
 */
export const axisOrder = [
  'example',
  "example'",
  "example''",
  'position',
  'head',
  "head'",
  'token',
  "token'",
  'row',
  'rank',
  'column',
  'unit',
  "unit'",
  'class',
] as const
export type Axis = (typeof axisOrder)[number]

/**
 * Positions of a batch, each count rounded up to a bucket (rows.ts): R attended ones and the first of each
 * example, M masked ones, W first pieces of words.
 */
export type RowSymbol = 'R' | 'M' | 'W'
/** A size that a batch decides: B examples, L tokens, positions, or an even share of positions. */
export type SizeSymbol = 'B' | 'L' | RowSymbol | `${RowSymbol}/${number}`
export type Size = number | SizeSymbol
export interface Dimension {
  readonly axis: Axis
  readonly size: Size
}
export type DType = 'f32' | 'i32' | 'bool'
export interface TensorType {
  readonly dtype: DType
  /** In canonical order; empty for a scalar. */
  readonly dimensions: readonly Dimension[]
}

/** JSON-like, so that attributes print, parse and hash. */
export type AttributeValue =
  | string
  | number
  | boolean
  | null
  | readonly AttributeValue[]
  | { readonly [key: string]: AttributeValue }
export type Attributes = { readonly [key: string]: AttributeValue }

export interface Node {
  /**
   * Rises in order of creation within one builder; inputs always have smaller ids. Not part of the printed
   * text.
   */
  readonly id: number
  readonly op: string
  readonly inputs: readonly Node[]
  readonly attributes: Attributes
  readonly type: TensorType
  /** Where in a spec it comes from. Not part of a node's identity. */
  readonly source?: Span
}

export interface Graph {
  readonly name: string
  /** Topologically ordered (by id), only what outputs need. */
  readonly nodes: readonly Node[]
  /** By name: `loss hidn`, `total`, `gradient S.layer[1].ffn.up.weight` ... in order. */
  readonly outputs: ReadonlyMap<string, Node>
  /**
   * Whether results may be written over inputs without later readers (pass donate-buffers). Not part of the
   * printed text.
   */
  readonly donates?: boolean
  /**
   * Whether the outputs `gradient KEY` stay on the device, where weights are updated (pass fuse-optimizer).
   * Not part of the printed text.
   */
  readonly keepsGradients?: boolean
}

export type OpName = string

/** What an op's shape rule throws through: a compiler bug, not a user's mistake (those are the checker's). */
export class GraphError extends Error {}

/**
 * Makes nodes. `add` infers the type by the op's rule, and returns the node that already exists where op,
 * inputs and attributes are equal. Implemented in build.ts.
 */
export interface GraphBuilder {
  add(op: OpName, inputs: readonly Node[], attributes?: Attributes, source?: Span): Node
  /** A leaf fed at run time. */
  input(name: string, type: TensorType, source?: Span): Node
  /** A leaf held by a parameter store: `S.layer[1].ffn.up.weight`; shape as [row, column] or [row]. */
  parameter(name: string, type: TensorType, source?: Span): Node
  constant(value: number): Node
  finish(name: string, outputs: ReadonlyMap<string, Node>): Graph
}

/**
 * A host value in the reference evaluator: dense, row-major over the node's dimensions, float64 for every
 * dtype (bool: 0 or 1).
 */
export interface ReferenceValue {
  readonly shape: readonly number[]
  readonly data: Float64Array
}

/** Sizes of a batch: the values of the symbols. An absent row symbol means all positions of the batch. */
export type BatchSizes = { readonly B: number; readonly L: number } & {
  readonly [rows in RowSymbol]?: number
}

export interface ReferenceEnvironment {
  readonly sizes: BatchSizes
  readonly random: RandomKey
}

/** What random numbers are keyed by, apart from site, sample id and position (semantics.md). */
export interface RandomKey {
  readonly seed: number
  readonly stage: string
  readonly step: number
}

/** One op: all that the compiler needs of it. Each is a file in ops/. */
export interface OpDefinition {
  readonly name: OpName
  /** Checks its inputs and attributes (throws GraphError) and gives the type of its result. */
  readonly infer: (inputs: readonly TensorType[], attributes: Attributes) => TensorType
  /**
   * Cotangents of the inputs given the cotangent of the result, `undefined` for inputs without one. May
   * return a cotangent with more axes than its input (broadcast): `differentiate` sums them away. Absent: not
   * differentiable (integers, gradients' own ops).
   */
  readonly vjp?: (builder: GraphBuilder, node: Node, cotangent: Node) => readonly (Node | undefined)[]
  /** The same value from simpler ops, for backends without a kernel for it. */
  readonly decompose?: (
    builder: GraphBuilder,
    inputs: readonly Node[],
    attributes: Attributes,
    type: TensorType,
  ) => Node
  /** Obvious float64 code: the oracle of all backends. */
  readonly evaluate: (
    inputs: readonly { readonly value: ReferenceValue; readonly type: TensorType }[],
    attributes: Attributes,
    type: TensorType,
    environment: ReferenceEnvironment,
  ) => ReferenceValue
}
