/** Checks that stages fit into memory: that of the machine or its container, or `--memory`. */
import { totalmem } from 'node:os'
import type { CheckTime } from '../check/check.ts'
import type { Program, Stage } from '../check/program.ts'
import { graphFlops, graphWork, stepWork } from '../graph/cost.ts'
import { compileStage } from '../lower/stage.ts'
import type { StageOptions } from '../lower/stage-options.ts'
import { stageSizes } from '../lower/stage-sizes.ts'
import { stageMemory } from '../plan/memory.ts'
import { requireMemory } from '../plan/memory-limit.ts'
import { scheduleStep } from '../plan/plan.ts'
import { bytesText } from '../plan/print.ts'
import type { CompiledStage } from '../train/kept/planned-step.ts'
import type { PlannedStages } from '../train/train-options.ts'
import { compiledStage } from './compiled-stage.ts'

/** Bytes of memory: those of the machine, or the limit of its container if that is less. */
function machineMemory(): number {
  const limit = process.constrainedMemory?.() ?? 0
  // without a limit it is 0, or a number beyond any machine
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem()
}

interface FitOptions {
  /** Bytes of memory. */
  readonly machine?: number
  /** How long the spec was read and checked, for what a run keeps. */
  readonly front?: CheckTime | undefined
}

/**
 * The planned memory and the work of each stage. Throws E1005 at the first stage that needs more than
 * `options.memory`, by default the machine's.
 * @param options those with which the stage is compiled for its run
 */
export function requireStagesFit(
  program: Program,
  stages: readonly Stage[],
  options: Pick<StageOptions, 'capabilities' | 'passes' | 'memory' | 'automatic'>,
  { machine = machineMemory(), front }: FitOptions = {},
): PlannedStages {
  const limit = options.memory ?? machine
  const peaks = new Map<string, number>()
  const work = new Map<string, { step: number; frozenPerExample: number }>()
  const compiled = new Map<string, CompiledStage>()
  for (const stage of stages) {
    const graphs = compileStage(program, stage, {
      ...options,
      hoist: true,
      keepUnread: true,
    })
    const { step, frozen, tokensAtOnce } = graphs
    const sizesOf = (other?: { B?: number; L?: number }) =>
      stageSizes(program, stage, other, tokensAtOnce?.step)
    const sizes = sizesOf()
    const begins = performance.now()
    const schedule = scheduleStep(step, sizes)
    const { total, standing } = stageMemory(stage, step, sizes, frozen?.graph, undefined, schedule)
    const planning = { begins, ms: performance.now() - begins }
    compiled.set(
      stage.name,
      compiledStage({
        program,
        stage,
        graphs,
        schedule,
        standing,
        planning,
        front: compiled.size === 0 ? front : undefined,
      }),
    )
    peaks.set(stage.name, total)
    // Texts are about half as long as the longest that is not cut.
    const padded = program.data.get(stage.data ?? '')?.pad === 'max_length'
    const usual = padded ? sizes : sizesOf({ L: Math.ceil(sizes.L / 2) })
    work.set(stage.name, {
      step: stepWork(step, usual, stage.batch / usual.B, stage.trained),
      frozenPerExample: frozen ? graphWork(frozen.graph, usual) / usual.B : 0,
    })
    if (total <= limit) continue
    const others = options.memory === undefined ? recomputing(program, stage, options, limit) : []
    requireMemory(program, stage, step, sizesOf, limit, others, frozen?.graph)
  }
  return { available: limit, peaks, work, compiled }
}

/** What the pass `recompute` could save. It runs only with `--memory`. */
function recomputing(program: Program, stage: Stage, options: StageOptions, limit: number): string[] {
  const [plain, again] = [options, { ...options, memory: limit }].map((one) =>
    compileStage(program, stage, { ...one, hoist: true, keepUnread: true }),
  )
  if (plain === undefined || again === undefined) return []
  const sizes = stageSizes(program, stage, {}, again.tokensAtOnce?.step)
  const { total } = stageMemory(stage, again.step, sizes, again.frozen?.graph)
  if (total > limit) return []
  const more = 100 * (graphFlops(again.step, sizes) / graphFlops(plain.step, sizes) - 1)
  const mebibytes = Math.floor(limit / 2 ** 20)
  return [
    `--memory ${mebibytes}MiB needs ${bytesText(total)} and trains the same, with ${more.toFixed(1)}% more work`,
  ]
}
