/**
 * The type of a pass, and its context: graphs, costs at representative sizes and a backend's capabilities,
 * but neither models nor backends.
 */
import type { Dimension, Graph, Node, OpDefinition } from '../graph/graph.ts'
import type { BatchSizes } from '../graph/type.ts'

/** Characters: two lines of the table of `distill explain`. */
export const longestNote = 96

/** Among the capabilities of a backend: weights can be updated where they are (`Runner.updater`). */
export const weightUpdate = 'weight_update'

/**
 * Among the capabilities of a backend: it draws masks of dropout as bytes and computes with them
 * (`dropout_keep`, `dropout`, `dropout_softmax_gradient`).
 */
export const byteMasks = 'byte_masks'

/**
 * A capability of backends: an example takes no longer in a part of a batch than in the complete batch, and
 * less time if the values of the part stay in the caches.
 */
export const cachedParts = 'cached_parts'

export type Ops = { readonly [name: string]: OpDefinition }

export interface PassContext {
  readonly ops: Ops
  /** Sizes of a full micro-batch, for costs. No pass may rely on them for its result being right. */
  readonly sizes: BatchSizes
  /** Is a parameter not trained by this stage? */
  readonly frozen: (parameter: string) => boolean
  /** Fused ops that the backend has a kernel for, `byteMasks` and `weightUpdate`. */
  readonly capabilities: ReadonlySet<string>
  /**
   * A remark for `distill explain`, which prints it beside the name of the pass: what was done, with a number
   * ("48 products became 16"), or what could not be done and why ("padding kept: term hidn reads it"). Lower
   * case, no full stop, at most `longestNote` characters, with parts by binding path or name of term. A pass
   * that changes a graph calls it at least once; one without work does not.
   */
  readonly note: (text: string) => void
  /** Absent where a graph is run on one batch: nothing is computed ahead then. */
  readonly caching?: Caching
  /** Bytes that the values of one micro-batch take by the plan of a step, as it is going to be run. */
  readonly peakOf: (step: Graph) => number
  /**
   * Where memory is limited: bytes that the values of one micro-batch may take at one time, the limit less
   * what weights and optimizer take.
   */
  readonly valuesLimit?: number
  /**
   * Called by `rewrite` for each node of the old graph that the new one has a node for, so that names can
   * follow.
   */
  readonly moved: (before: Node, after: Node) => void
}

/**
 * How the examples of a stage are repeated and padded, for values that may be computed once for each example.
 */
export interface Caching {
  /** Whether all batches are padded to one length. */
  readonly fixedLength: boolean
  /** Whether masked tokens are drawn again in each epoch. */
  readonly masked: boolean
  /** How often each example is read, if the spec determines it. */
  readonly epochs?: number
  /** Takes what was cut off. The inputs `hoisted[k]` of the graph that is left are its outputs. */
  readonly hoist: (frozen: FrozenPart) => void
}

/** Values of frozen models for a batch, apart from the step that reads it. */
export interface FrozenPart {
  /** Outputs: the values by name. */
  readonly graph: Graph
  readonly values: readonly HoistedValue[]
  /** Whose parameters it reads. */
  readonly models: readonly string[]
  /** Equal for what computes the same: a hash of the graph. */
  readonly identity: string
  /** Operations for an example of full length that a step without it saves. */
  readonly flops: number
}

export interface HoistedValue {
  /** `hoisted[2]` */
  readonly name: string
  /** With an axis `example`, or with `position` in its place. */
  readonly dimensions: readonly Dimension[]
  /**
   * Whether it is also read at the padding of an example. Otherwise there are zeros beyond its last token:
   * the value is zero there, or no reader depends on it.
   */
  readonly padded: boolean
}

/**
 * `forward`: on the forward graph before it is differentiated. `step`: on the graph with gradients. `plan`:
 * on how that graph is laid out and run; its nodes stay as they are, and only properties of the graph change.
 */
export type Phase = 'forward' | 'step' | 'plan'

/** One optimization. Its result computes the same outputs, in the same order. */
export interface Pass {
  /** As in `--passes=-NAME`. */
  readonly name: string
  readonly phase: Phase
  /** What it does in one line, for people. */
  readonly summary: string
  /** The very same graph where nothing changes. */
  readonly run: (graph: Graph, context: PassContext) => Graph
}
