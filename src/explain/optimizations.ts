/**
 * What each pass of a stage made of its cost: FLOPs and memory of the step after it, and what it says of
 * itself.
 */
import type { Stage } from '../check/program.ts'
import { differentiate } from '../differentiate/differentiate.ts'
import { graphFlops } from '../graph/cost.ts'
import type { Graph } from '../graph/graph.ts'
import { ops } from '../graph/ops/index.ts'
import type { BatchSizes } from '../graph/type.ts'
import type { StageGraphs } from '../lower/stage.ts'
import type { AppliedPass } from '../lower/stage-options.ts'
import { hoistFrozen } from '../optimize/passes/hoist-frozen.ts'
import { stageMemory } from '../plan/memory.ts'
import { scheduleStep } from '../plan/plan.ts'

export interface StepCost {
  /** Forward and backward of all micro-batches of a step. */
  readonly flops_per_step: number
  /** Values and gradients of one micro-batch as planned, weights and optimizer state included. */
  readonly peak_bytes: number
}

/** A pass, and the step that its graph leads to. */
export interface OptimizationReport extends StepCost {
  readonly name: string
  readonly phase: AppliedPass['phase']
  readonly changed: boolean
  readonly notes: readonly string[]
}

export interface OptimizationsReport {
  /** The step as the spec is written. */
  readonly written: StepCost
  readonly passes: readonly OptimizationReport[]
  /** After all passes. */
  readonly optimized: StepCost
}

/**
 * All passes that ran, in their order. The cost of a forward graph is that of the step it would give if no
 * further pass ran: its gradients are derived for that. `times`: micro-batches of a step.
 */
export function reportOptimizations(
  stage: Stage,
  { written, applied, frozen }: StageGraphs,
  sizes: BatchSizes,
  times: number,
): OptimizationsReport {
  // What is run once per example is in memory before the step is, as soon as it has been cut off.
  let once: Graph | undefined
  let oncePeak: number | undefined
  const costOf = (phase: AppliedPass['phase'], graph: Graph): StepCost => {
    const step = phase === 'forward' ? differentiate(graph, 'total', stage.trained, ops) : graph
    return {
      flops_per_step: graphFlops(step, sizes) * times,
      peak_bytes: stageMemory(stage, step, sizes, once, oncePeak).total,
    }
  }
  const first = costOf('forward', written)
  let cost = first
  const passes = applied.map(({ name, phase, changed, graph, notes }) => {
    if (changed && name === hoistFrozen.name && frozen) {
      once = frozen.graph
      oncePeak = scheduleStep(once, sizes).peak
    }
    if (changed) cost = costOf(phase, graph)
    return { name, phase, changed, ...cost, notes }
  })
  return { written: first, passes, optimized: cost }
}
