/** How far a run has come: its weights, moments and progress, and the checkpoints that keep them. */
import type { Stage } from '../check/program.ts'
import { belongsTo } from './belongs-to.ts'
import { loadCheckpoint, type Progress, saveCheckpoint, verifyCheckpoint } from './checkpoint.ts'
import type { Spent } from './kept/stage-record.ts'
import { allFinite, type ParameterStore } from './parameters.ts'
import type { TrainOptions } from './train-options.ts'
import { type OptimizerState, releaseState } from './update.ts'

/** Longest time in milliseconds between two checkpoints. */
const saveInterval = 5 * 60_000

export class RunState {
  readonly store: ParameterStore
  optimizer: OptimizerState = new Map()
  progress: Progress = { finished: [], step: 0, seconds: 0, worse: 0 }
  /** The step of the last checkpoint in the current stage. */
  saved: number | undefined
  private readonly options: TrainOptions
  private readonly savedKeys: (progress: Progress) => readonly string[]
  private savedAt = 0
  /** When the current stage would have begun, had it not been interrupted. */
  private begun = 0

  /** @param savedKeys the keys of a checkpoint at some progress */
  constructor(
    options: TrainOptions,
    store: ParameterStore,
    savedKeys: (progress: Progress) => readonly string[],
  ) {
    this.options = options
    this.store = store
    this.savedKeys = savedKeys
  }

  /** Milliseconds. */
  now(): number {
    return (this.options.clock ?? Date.now)()
  }

  /** Continues from the run folder's last checkpoint. */
  resume(): void {
    const { folder } = this.options
    const { optimizer, progress } = loadCheckpoint(folder.last, this.store)
    this.optimizer = optimizer
    this.progress = progress
    this.saved = progress.step
    const done = new Set(progress.finished.map(({ name }) => name))
    folder.trimLog((line) => belongsTo(line, done, progress))
  }

  /** Counts the time to the next checkpoint from now on. */
  startSaving(): void {
    this.savedAt = this.now()
  }

  /** Begins a stage, unless this is the one in which the run was interrupted. */
  enter(stage: Stage): void {
    const { finished, stage: current } = this.progress
    if (current === stage.name) return
    this.progress = { finished, stage: stage.name, step: 0, seconds: 0, worse: 0 }
    this.saved = undefined
    if (!stage.continueOptimizer) releaseState(this.optimizer)
  }

  /** Counts the seconds of the stage from now on, in addition to those of its earlier parts. */
  startTiming(): void {
    this.begun = this.now() - this.progress.seconds * 1000
  }

  /** Of the stage so far. */
  get seconds(): number {
    return (this.now() - this.begun) / 1000
  }

  /** Adds the time since `since` to what the stage spent beside its steps. */
  spend(what: keyof Spent, since: number): void {
    const { spent = { frozen: 0, evaluation: 0 } } = this.progress
    const more = (this.now() - since) / 1000
    this.progress = { ...this.progress, spent: { ...spent, [what]: spent[what] + more } }
  }

  /** @param stage absent between two stages */
  save(stage?: Stage): void {
    const { folder, observer, verifyCheckpoints } = this.options
    const keys = this.savedKeys(this.progress)
    this.savedAt = this.now()
    // Infinite weights must not replace good ones.
    if (!keys.every((key) => allFinite(this.store.get(key).read()))) return
    if (stage) this.progress = { ...this.progress, seconds: this.seconds }
    saveCheckpoint(folder.last, this.store, keys, this.optimizer, this.progress)
    this.saved = this.progress.step
    if (verifyCheckpoints) this.optimizer = verifyCheckpoint(folder.last, this.store, keys, this.optimizer)
    if (stage) observer.saved?.({ stage: stage.name, step: this.progress.step, path: folder.last })
  }

  /** Saves where the last checkpoint is too old. */
  saveInTime(stage: Stage): void {
    if (this.now() - this.savedAt > saveInterval) this.save(stage)
  }

  /** Keeps the new checkpoint beside those of earlier evaluations. */
  keepLast({ name, keep }: Stage): void {
    const { step } = this.progress
    if (keep?.last !== undefined && this.saved === step) this.options.folder.keepLast(name, step, keep.last)
  }

  /**
   * Releases weights and moments. They have no further readers, so a backend need not return them before it
   * closes.
   */
  dispose(): void {
    this.store.dispose()
    releaseState(this.optimizer)
  }
}
