/** The plan of a stage's step as text: its order, its buffers, and where each lies in memory. */
import type { Program, Stage } from '../check/program.ts'
import { compileStage } from '../lower/stage.ts'
import type { Passes } from '../lower/stage-options.ts'
import { stageSizes } from '../lower/stage-sizes.ts'
import { planStep } from '../plan/plan.ts'
import { printPlan } from '../plan/print.ts'

export interface PlanTextOptions {
  readonly passes: Passes
  readonly capabilities: ReadonlySet<string>
  readonly memory?: number | undefined
  /** Examples and tokens of a micro-batch, where they are not those of the stage. */
  readonly sizes?: { readonly B?: number | undefined; readonly L?: number | undefined }
}

export function planText(
  program: Program,
  stage: Stage,
  { passes, capabilities, memory, sizes: asked = {} }: PlanTextOptions,
): string {
  const options = { passes, capabilities, memory, hoist: true, keepUnread: true }
  const { step, frozen, names, tokensAtOnce } = compileStage(program, stage, options)
  const sizes = stageSizes(program, stage, asked, tokensAtOnce?.step)
  return [step, ...(frozen ? [frozen.graph] : [])]
    .map((graph) => printPlan(planStep(graph, sizes), names))
    .join('\n')
}
