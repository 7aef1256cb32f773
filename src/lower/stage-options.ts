/** How a stage is compiled, and what each pass made of it. */
import type { AutomaticPrecision } from '../check/model-precision.ts'
import type { Graph } from '../graph/graph.ts'
import type { Pass, Phase } from '../optimize/pass.ts'

/**
 * One pass and the graph after it: a forward graph, or (phases step and plan) one with gradients; the one
 * before it where nothing changed.
 */
export interface AppliedPass {
  readonly name: string
  readonly phase: Phase
  readonly changed: boolean
  readonly graph: Graph
  readonly notes: readonly string[]
  /** When it began, by the process's clock, and how long it took: milliseconds. */
  readonly begins: number
  readonly ms: number
}

/** Which passes are left out. */
export type Passes = { readonly disabled: ReadonlySet<string> } | 'none'

export interface StageOptions {
  /** `distill step` compares with other frameworks: no dropout anywhere. */
  readonly dropout?: boolean
  /** Default: all. `none`: the graphs as the spec is written. */
  readonly passes?: Passes
  /** The passes and their order; default: those of the compiler. */
  readonly pipeline?: readonly Pass[]
  /** Bytes that training may take, weights and optimizer included; default: without a limit. */
  readonly memory?: number | undefined
  /** Fused ops that the backend has; default: none. */
  readonly capabilities?: ReadonlySet<string>
  /**
   * Models as they are written, with what no loss reads (unread.ts), for a pass to drop. Default: what losses
   * read.
   */
  readonly keepUnread?: boolean
  /** What models with `precision = auto` are computed in; default: float32. */
  readonly automatic?: AutomaticPrecision | undefined
  /**
   * Whether the gradients of each term are needed: from the step itself if possible, or `always`, with a
   * graph for each term otherwise. Default: not.
   */
  readonly termGradients?: 'from step' | 'always' | undefined
  /**
   * For a run over data: values of frozen models may be computed once for each example, and a batch in parts.
   * Default: the step computes everything.
   */
  readonly hoist?: boolean
}
