/** Contract (implementation follows): the graphs of one stage. */
import type { Program, Stage } from '../check/program.ts'
import type { Graph, Node } from '../graph/graph.ts'

export interface StageGraphs {
  /**
   * Inputs: the batch's (dataset.ts), `sample` i32[B] where there is dropout, `normaliser[k]` f32 scalars, `progress`, `step`, `epoch` f32 scalars
   * where the losses read them. Outputs: `term NAME` (unweighted), `total`, `gradient KEY` for each of `stage.trained`.
   * Sums over micro-batches of these outputs are those of the whole batch.
   */
  readonly step: Graph
  /** Reads batch inputs only; outputs `count[k]`: what normaliser k counts in one micro-batch. normaliser[k] = 1 / (sum over the batch), 0 where that is 0. */
  readonly counts: Graph
  readonly normalisers: number
  /** Binding paths of nodes (`S.layer[3].attention.scores`), for messages. */
  readonly names: ReadonlyMap<Node, string>
}
export type CompileStage = (program: Program, stage: Stage) => StageGraphs
/** Evaluation mode: outputs by tap path (`task.logits`, `hidden[3]`). */
export type CompileTaps = (program: Program, instance: string, paths: readonly string[]) => Graph
