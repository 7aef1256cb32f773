/** What a run is given, and how it ends. */
import type { AutomaticPrecision } from '../check/model-precision.ts'
import type { Program } from '../check/program.ts'
import type { compileMaskedTap, compileStage, compileTaps } from '../lower/stage.ts'
import type { Runner } from '../run/runner.ts'
import type { runnerProducts } from './augmentation/runner-products.ts'
import type { Best } from './checkpoint.ts'
import type { DataProvider } from './feed.ts'
import type { TrainObserver } from './observer.ts'
import type { RunFolder } from './run-folder.ts'
import type { TermGradients } from './term-norms.ts'

/** What stages take of memory at most, as planned before anything is allocated; in bytes. */
export interface PlannedMemory {
  /** What the machine has, or what it may be. */
  readonly available: number
  /** By stage. */
  readonly peaks: ReadonlyMap<string, number>
}

export interface TrainOptions {
  readonly program: Program
  readonly runner: Runner
  /** Counts denominators exactly; the runner itself where absent. */
  readonly counter?: Runner
  readonly data: DataProvider
  readonly compileStage: typeof compileStage
  readonly compileTaps: typeof compileTaps
  /** Absent where the runner runs nothing but what was compiled before. */
  readonly compileMaskedTap?: typeof compileMaskedTap
  readonly runnerProducts?: typeof runnerProducts
  readonly folder: RunFolder
  readonly seed: number
  readonly observer: TrainObserver
  readonly randomWeights?: boolean
  /** Only these stages (names, or names of families); all where absent. */
  readonly stages?: readonly string[]
  /** At most so many steps a stage; schedules then run over as many. */
  readonly maxSteps?: number
  /** When the gradient of each loss term is measured, which takes another step a term; absent: never. */
  readonly termGradients?: TermGradients
  /** Asked before each step. */
  readonly interrupted?: () => boolean
  /** Milliseconds. */
  readonly clock?: () => number
  /** Batches an evaluation reads at most: a dry run. */
  readonly evaluationLimit?: number
  /** Reads each checkpoint back and compares: a dry run. */
  readonly verifyCheckpoints?: boolean
  /** What models with `precision = auto` are computed in; absent: float32. */
  readonly automatic?: AutomaticPrecision | undefined
  /** Bytes that kept values of frozen models may take; absent: a share of what is free. */
  readonly cache?: number
  /** Told as each stage begins. */
  readonly planned?: PlannedMemory
  /** A folder where words proposed for augmentation are kept for other runs; absent: nowhere. */
  readonly proposals?: string
}

export type TrainOutcome =
  | { readonly kind: 'finished'; readonly best: readonly { stage: string; best: Best }[] }
  | { readonly kind: 'interrupted'; readonly stage: string; readonly step: number }
