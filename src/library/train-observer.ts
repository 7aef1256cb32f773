/** The observer of a training run: its methods are called with the events of the run. */
import type { Combination } from '../check/combinations.ts'
import type { Division } from '../cluster/division.ts'
import type { CutTexts } from '../data/cut-texts.ts'
import type { Diagnostic, Sources } from '../diagnostics/diagnostic.ts'
import type { Runner } from '../run/runner.ts'
import type { TrainObserver } from '../train/observer.ts'
import type { CombinationRuns } from '../train/sweep-table.ts'

/** Told of what happens before a run trains, too. */
export interface RunObserver extends TrainObserver {
  /** Warnings of a spec without errors. */
  warnings?(diagnostics: readonly Diagnostic[], sources: Sources, spec: string): void
  /** A folder is about to be locked. */
  holds?(event: {
    readonly folder: string
    /** It was not there before. */
    readonly made: boolean
    /** It is removed at the end. */
    readonly temporary: boolean
    /** Other processes may work in it: nothing in it is removed. */
    readonly shared?: boolean
  }): void
  /** A lock is about to be made or removed, or that is done. */
  locking?(isChanging: boolean): void
  /** A run is about to read its data. `folder`: absent for a dry run. */
  runBegins?(event: {
    readonly spec: string
    readonly folder?: string
    readonly runner: Runner
    readonly seed: number
    /** Where several ranks train together. */
    readonly division?: Division
  }): void
  /** `max_length` cuts texts of the training data. */
  cut?(event: CutTexts): void
  /** One of several runs begins. */
  sweptRun?(event: {
    /** From 1. */
    readonly number: number
    readonly count: number
    readonly settings: Combination
    readonly seed: number
    /** Of the whole sweep. */
    readonly seeds: readonly number[]
    /** It is over since an earlier time, and left as it is. */
    readonly finished: boolean
  }): void
  /** A run of the sweep stopped, because a loss was not finite. */
  runStopped?(diagnostic: Diagnostic, sources: Sources): void
  /** What the runs so far say, where another one follows. */
  runsSoFar?(runs: readonly CombinationRuns[]): void
}
