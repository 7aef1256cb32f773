/** How far a run has come: its weights, moments and progress, and the checkpoints that keep them. */
import type { Stage } from '../check/program.ts'
import { alone, type Cluster } from '../cluster/cluster.ts'
import { requireSameHash } from '../cluster/drift.ts'
import { type Progress, verifyCheckpoint } from './checkpoint.ts'
import type { IntervalLog } from './interval-log.ts'
import type { IntervalState } from './interval-state.ts'
import type { Spent } from './kept/stage-record.ts'
import { loadLast, saveLast } from './last-checkpoint.ts'
import { MomentShards } from './moment-shards.ts'
import { allFinite, type ParameterStore } from './parameters.ts'
import { shardsOf } from './part-sums.ts'
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
  /** The running interval of the log; absent between two stages. */
  log: IntervalLog | undefined
  /** The interval in which the run was interrupted. */
  interval: IntervalState | undefined
  private savedAt = 0
  /** The length of metrics.jsonl when the current stage began. */
  private logBefore = 0
  /** When the current stage would have begun, had it not been interrupted. */
  private begun = 0
  private readonly cluster: Cluster
  private readonly moments: MomentShards

  /** @param savedKeys the keys of a checkpoint at some progress */
  constructor(
    options: TrainOptions,
    store: ParameterStore,
    savedKeys: (progress: Progress) => readonly string[],
  ) {
    this.options = options
    this.store = store
    this.savedKeys = savedKeys
    this.cluster = options.division?.cluster ?? alone
    this.moments = new MomentShards(this.cluster)
  }

  /** Ranks keep the moments of the parameters that they update in a stage, and no others. */
  divideMoments({ trained }: Stage): void {
    this.moments.divide(this.optimizer, shardsOf(trained, this.store, this.cluster))
  }

  /** Rank 0 alone saves: all ranks have the same weights. */
  private get follows(): boolean {
    return this.cluster.rank > 0
  }

  /** Milliseconds. */
  now(): number {
    return (this.options.clock ?? Date.now)()
  }

  /** Continues from the run folder's last checkpoint, or begins where none was written. */
  resume(): void {
    const { folder, observer } = this.options
    const loaded = loadLast(folder, this.store)
    const { log = 0, interval, ...progress } = loaded?.progress ?? this.progress
    if (loaded) {
      this.optimizer = loaded.optimizer
      this.moments.isWhole()
      this.progress = progress
      this.saved = progress.step
      this.interval = interval
      if (loaded.note !== undefined) observer.note?.(loaded.note)
    }
    const missing = folder.cutLog(log)
    if (missing > 0)
      observer.note?.(`metrics.jsonl is damaged: ${missing} bytes of earlier lines are missing`)
  }

  /** Counts the time to the next checkpoint from now on. */
  startSaving(): void {
    this.savedAt = this.now()
    this.logBefore = this.options.folder.logLength
  }

  /** Begins a stage, unless this is the one in which the run was interrupted. */
  enter(stage: Stage): void {
    const { finished, stage: current, step } = this.progress
    // The first stage begins with the run, whose first lines it has.
    if (step === 0 && finished.length > 0) this.logBefore = this.options.folder.logLength
    if (current === stage.name) return
    this.interval = undefined
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
    const weights = keys.map((key) => this.store.get(key))
    const { stage: name, step } = this.progress
    // Good weights must not be replaced by others than all ranks have, nor by infinite ones.
    requireSameHash(this.cluster, weights, 'the SHA-256 of its weights', { stage: name, step })
    if (!weights.every((one) => allFinite(one.read()))) return
    const optimizer = this.moments.gathered(this.optimizer)
    if (this.follows) {
      for (const { slots } of optimizer.values()) for (const slot of slots) slot.read()
      this.saved = this.progress.step
      return
    }
    if (stage) this.progress = { ...this.progress, seconds: this.seconds }
    // A stage that is resumed before its first step begins a second time, and logs that a second time.
    const log = stage && this.progress.step === 0 ? this.logBefore : folder.logLength
    const interval = stage && this.log?.state
    saveLast(folder, this.store, keys, optimizer, {
      ...this.progress,
      log,
      ...(interval ? { interval } : {}),
    })
    this.saved = this.progress.step
    if (verifyCheckpoints) {
      const again = verifyCheckpoint(folder.last, this.store, keys, this.moments.own(this.optimizer), folder)
      if (optimizer === this.optimizer) this.optimizer = again
    }
    if (stage) observer.saved?.({ stage: stage.name, step: this.progress.step, path: folder.last })
  }

  /** Whether the last checkpoint is too old. */
  get isDue(): boolean {
    return this.now() - this.savedAt > saveInterval
  }

  /** Keeps the new checkpoint beside those of earlier evaluations. */
  keepLast({ name, keep }: Stage): void {
    const { step } = this.progress
    if (keep?.last !== undefined && this.saved === step && !this.follows)
      this.options.folder.keepLast(name, step, keep.last)
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
