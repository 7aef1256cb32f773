/** What a pass of the optimizer is, and what it may know: graphs, costs at representative sizes and what a backend can do, never a model or a backend. */
import type { Graph, Node, OpDefinition } from '../graph/graph.ts'
import type { BatchSizes } from '../graph/type.ts'

export type Ops = { readonly [name: string]: OpDefinition }

export interface PassContext {
  readonly ops: Ops
  /** Sizes of a full micro-batch, for costs. No pass may rely on them for its result being right. */
  readonly sizes: BatchSizes
  /** Is a parameter not trained by this stage? */
  readonly frozen: (parameter: string) => boolean
  /** Fused ops that the backend has a kernel for. */
  readonly capabilities: ReadonlySet<string>
  /** A remark for `distill explain`: what was done, or why the pass could not act. */
  readonly note: (text: string) => void
  /** Called by `rewrite` for each node of the old graph that the new one has a node for, so that names can follow. */
  readonly moved: (before: Node, after: Node) => void
}

/** One optimization. Its result computes the same outputs, in the same order. */
export interface Pass {
  /** As in `--passes=-NAME`. */
  readonly name: string
  /** On the forward graph before it is differentiated, or on the graph with the gradients. */
  readonly phase: 'forward' | 'step'
  /** What it does in one line, for people. */
  readonly summary: string
  /** The very same graph where nothing changes. */
  readonly run: (graph: Graph, context: PassContext) => Graph
}
