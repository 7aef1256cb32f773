/** The options and the outcome of a run. */
import type { AutomaticPrecision } from '../check/model-precision.ts'
import type { Program } from '../check/program.ts'
import type { Division } from '../cluster/division.ts'
import type { compileMaskedTap, compileStage, compileTaps } from '../lower/stage.ts'
import type { Runner } from '../run/runner.ts'
import type { runnerProducts } from './augmentation/runner-products.ts'
import type { Best } from './checkpoint.ts'
import type { DataProvider } from './feed.ts'
import type { CompiledStage } from './kept/planned-step.ts'
import type { TrainObserver } from './observer.ts'
import type { RunFolder } from './run-folder.ts'
import type { SharedFigures } from './shared-figures.ts'
import type { SharedResults } from './shared-results.ts'
import type { StartCheck } from './start-check.ts'
import type { TermGradients } from './term-norms.ts'

/** What is known of the stages before anything is allocated. */
export interface PlannedStages {
  /** The machine's memory, or the memory limit. */
  readonly available: number
  /** Planned peaks in bytes, by stage. */
  readonly peaks: ReadonlyMap<string, number>
  /** Work (see `graphWork`) of a step and of the cached values of an example, by stage. */
  readonly work: ReadonlyMap<string, { readonly step: number; readonly frozenPerExample: number }>
  /** What is kept of the compilation of each stage. */
  readonly compiled?: ReadonlyMap<string, CompiledStage>
}

export interface TrainOptions {
  readonly program: Program
  readonly runner: Runner
  /** Counts divisors exactly; by default the runner itself. */
  readonly counter?: Runner
  readonly data: DataProvider
  readonly compileStage: typeof compileStage
  readonly compileTaps: typeof compileTaps
  /** Whether the states of students and teachers are compared; they must be compiled for it. */
  readonly agreement?: boolean
  /** Absent if the runner only runs compiled programs. */
  readonly compileMaskedTap?: typeof compileMaskedTap
  readonly runnerProducts?: typeof runnerProducts
  readonly folder: RunFolder
  readonly seed: number
  readonly observer: TrainObserver
  readonly randomWeights?: boolean
  /** Refuse untrained models that teach (E0511); by default they may. */
  readonly requireTrained?: boolean
  /** The stages to run (names, or names of families); by default all. */
  readonly stages?: readonly string[]
  /** Largest number of steps of a stage. Schedules then run over that number. */
  readonly maxSteps?: number
  /**
   * When the gradient norm of each loss term is measured, which takes a step for each term; absent: never.
   */
  readonly termGradients?: TermGradients
  /** Whether to stop. Called before each step; every rank of a cluster must get the same answer. */
  readonly interrupted?: () => boolean
  /** How batches are divided among ranks; absent: they are not. */
  readonly division?: Division
  /** Milliseconds. */
  readonly clock?: () => number
  /** Largest number of batches of an evaluation, for a dry run. */
  readonly evaluationLimit?: number
  /** Whether to read each checkpoint and compare it, for a dry run. */
  readonly verifyCheckpoints?: boolean
  /** Compares the first steps of each stage with the reference; by default not. */
  readonly startCheck?: StartCheck | undefined
  /** The precision of models with `precision = auto`; absent: float32. */
  readonly automatic?: AutomaticPrecision | undefined
  /** Largest size in bytes of cached values of frozen models; absent: a share of the free room. */
  readonly cache?: number
  /** Reported when each stage begins. */
  readonly planned?: PlannedStages
  /** In a sweep: results of its other runs. */
  readonly shared?: SharedResults | undefined
  /** In a sweep: figures of its other runs. */
  readonly figures?: SharedFigures | undefined
  /** A folder that caches proposed words for other runs; absent: none. */
  readonly proposals?: string
}

export type TrainOutcome =
  | { readonly kind: 'finished'; readonly best: readonly { stage: string; best: Best }[] }
  | { readonly kind: 'interrupted'; readonly stage: string; readonly step: number }
