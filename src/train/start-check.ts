import type { Stage } from '../check/program.ts'
import type { Graph } from '../graph/graph.ts'
import type { Runner } from '../run/runner.ts'

/** How a run compares its start with the reference. */
export interface StartCheck {
  readonly runner: Runner
  /** The gradients of a stage's forward graph, without any pass. */
  readonly differentiate: (forward: Graph, stage: Stage) => Graph
}
