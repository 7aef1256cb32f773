/** A stage that has begun: what its steps, its evaluations and its end read. */
import type { OptimizerSpec, Stage } from '../../check/program.ts'
import type { Batch } from '../../data/dataset.ts'
import type { RandomKey } from '../../graph/graph.ts'
import type { Progress } from '../checkpoint.ts'
import type { Parts, StageFeed } from '../feed.ts'
import type { FrozenValues } from '../frozen/frozen-values.ts'
import { IntervalLog } from '../interval-log.ts'
import type { IntervalState } from '../interval-state.ts'
import { HeldMemory } from '../kept/stage-record.ts'
import { RankShares } from '../ranks/rank-shares.ts'
import { type Moment, momentAt } from '../schedule.ts'
import type { Reused, StageStart } from '../shared-stages.ts'
import type { StepContext } from '../step-inputs.ts'
import { canMeasureTerms, type TermGradients } from '../term-norms.ts'
import type { TrainOptions } from '../train-options.ts'

export class StageRun {
  /** Its place among the stages of the run, from 0. */
  readonly index: number
  readonly stage: Stage
  readonly start: StageStart
  readonly feed: StageFeed
  readonly optimizer: OptimizerSpec
  /** Absent where the stage reads no values of frozen models. */
  readonly frozen: FrozenValues | undefined
  /** Where another run of the sweep was asked for the stage. */
  readonly reused: Reused | undefined
  readonly context: StepContext
  /** Absent where the gradient norms of terms are not measured. */
  readonly termGradients: TermGradients | undefined
  readonly log: IntervalLog
  readonly held: HeldMemory
  /** Absent for a process alone. */
  readonly shares: RankShares | undefined
  /** Steps from one evaluation to the next. */
  readonly every: number
  private readonly parts: Parts
  private readonly seed: number

  constructor(
    options: TrainOptions,
    begun: Pick<StageRun, 'index' | 'start' | 'feed' | 'optimizer' | 'frozen' | 'reused'> & {
      readonly now: () => number
      /** The interval of the log in which the stage was interrupted. */
      readonly interval: IntervalState | undefined
    },
  ) {
    const { start, feed, frozen } = begun
    const { stage, graphs, store } = start
    const { runner, counter, division } = options
    this.index = begun.index
    this.stage = stage
    this.start = start
    this.feed = feed
    this.optimizer = begun.optimizer
    this.frozen = frozen
    this.reused = begun.reused
    this.context = {
      stage,
      graphs,
      store,
      runner,
      ...(counter ? { counter } : {}),
      ...(division ? { division } : {}),
    }
    this.termGradients = canMeasureTerms(stage, graphs) ? options.termGradients : undefined
    this.log = new IntervalLog(options.folder, stage.name, begun.now, begun.interval)
    this.held = new HeldMemory(runner)
    this.shares = division && division.cluster.size > 1 ? new RankShares(division, stage.name) : undefined
    this.every = stage.every ?? feed.stepsPerEpoch
    const tokens = frozen?.mode === 'computed' ? graphs.tokensAtOnce?.withFrozen : graphs.tokensAtOnce?.step
    this.parts = { tokens, readsPadding: graphs.readsPadding, ...(division ? { parts: division.parts } : {}) }
    this.seed = options.seed
  }

  /** Its number of steps. */
  get total(): number {
    return this.start.total
  }

  /** Of the random numbers of a step, from 0. */
  randomAt(step: number): RandomKey {
    return { seed: this.seed, stage: this.stage.name, step }
  }

  /** Where a step stands in the schedules, from 0. */
  momentAt(step: number): Moment {
    const { offset, total } = this.start
    return momentAt(step + offset, total + offset, this.feed.stepsPerEpoch)
  }

  /** The micro-batches of a step, without the values of frozen models. */
  batches(step: number): readonly Batch[] {
    return this.feed.at(step, this.randomAt(step), this.parts)
  }

  /** Whether there was no better evaluation for as long as the stage's patience. */
  isExhausted({ worse }: Progress): boolean {
    return this.stage.patience !== undefined && worse >= this.stage.patience
  }

  /** Whether the stage is evaluated after this many steps. */
  evaluatesAt(step: number): boolean {
    return step > 0 && (step % this.every === 0 || step === this.total)
  }

  isOver(progress: Progress): boolean {
    return progress.step >= this.total || this.isExhausted(progress)
  }
}
