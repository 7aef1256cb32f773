/** The parts of a picture: boxes of nodes, the edges between them, and the columns of boxes. */
import type { Node } from '../graph/graph.ts'

export type BoxKind = 'batch' | 'part' | 'meeting' | 'total'

/** A part of a model in a box: one of the layers that the box represents. */
export interface Member {
  readonly title: string
  readonly nodes: readonly Node[]
}

/** What a meeting point compares, one line each. */
export interface Comparison {
  /** `hidn` */
  readonly term: string
  /** Name of the projection that a state passes through. */
  readonly projection?: string
}

export interface Box {
  readonly id: string
  readonly kind: BoxKind
  /** The model; empty for the batch and losses. */
  readonly owner: string
  /** It belongs to a model that this stage trains. */
  readonly trained: boolean
  /** None of the parameters that it has is trained. */
  readonly frozen: boolean
  /** `layers 1-2` */
  readonly title: string
  /** Parts of the model that this step does not compute; their parameters are those of the box. */
  readonly unread: readonly string[]
  readonly members: readonly Member[]
  readonly comparisons: readonly Comparison[]
  readonly forward: Work
  readonly backward: Work
  /** Elements of the parameters that it reads, but for those that a box before it has counted. */
  readonly parameters: number
  /** It reads parameters that a box before it has counted. */
  readonly shares: boolean
  readonly column: number
  readonly row: number
}

export interface Work {
  readonly ops: number
  readonly flops: number
}

export interface Edge {
  readonly from: string
  readonly to: string
  /** A gradient flows back along it. */
  readonly gradient: boolean
  /** Types of the values that pass. */
  readonly types: readonly string[]
}

export interface Column {
  /** `student S`, empty for the losses. */
  readonly title: string
  readonly model: string
  readonly owner: string
  readonly trained: boolean
}

/** Boxes before columns and rows are assigned. */
export type Draft = Omit<Box, 'column' | 'row'>
