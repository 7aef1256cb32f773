/**
 * A run: its stages in order, with scores of teachers first, evaluations, checkpoints, and the best weights
 * kept. Batches, masks and initial weights depend only on spec, seed and step. So a resumed run is equal to
 * an uninterrupted one, bit for bit.
 */
import type { ModelInstance, Stage } from '../check/program.ts'
import { Augmentation } from './augmentation/augmentation.ts'
import { Evaluator } from './evaluate.ts'
import { AgreementMeter } from './kept/agreement.ts'
import { clearCaches } from './leftovers.ts'
import { writeModel } from './model-file.ts'
import type { Score } from './observer.ts'
import { ParameterStore } from './parameters.ts'
import type { RunFolder } from './run-folder.ts'
import { RunModels } from './run-models.ts'
import { type RunParts, scoreTeachers, stagesLeft } from './run-parts.ts'
import type { RunPlan } from './run-plan.ts'
import { RunState } from './run-state.ts'
import { type ScoringOptions, scoreModel } from './scoring.ts'
import { beginStage } from './stage/begin.ts'
import { endStage } from './stage/end.ts'
import { type AheadOutcome, recordsAhead, stagesAhead } from './stage/records-ahead.ts'
import { trainSteps } from './stage/steps.ts'
import { verifyStart } from './stage/verify-start.ts'
import type { TrainOptions, TrainOutcome } from './train-options.ts'

/** Number of rows of the training files that a dry run augments. */
const dryRows = 16

export class Trainer implements RunParts {
  readonly options: TrainOptions
  readonly models: RunModels
  readonly state: RunState
  readonly evaluator: Evaluator
  readonly augmentation: Augmentation
  readonly meter: AgreementMeter | undefined

  /** Throws DiagnosticError for stages that cannot be trained and for missing weights. */
  constructor(options: TrainOptions) {
    const { program, runner, data, compileTaps, evaluationLimit: limit, figures } = options
    const store = new ParameterStore()
    this.options = options
    this.augmentation = new Augmentation(options, store, limit === undefined ? undefined : dryRows)
    this.evaluator = new Evaluator({
      program,
      store,
      runner,
      data,
      compileTaps,
      figures,
      cluster: options.division?.cluster,
      ...(limit === undefined ? {} : { limit }),
    })
    if (options.agreement)
      this.meter = new AgreementMeter(program, this.evaluator, data, {
        limit,
        clock: options.clock ?? Date.now,
      })
    this.models = new RunModels(options, store)
    this.state = new RunState(options, store, (progress) => this.models.savedKeys(progress))
  }

  get folder(): RunFolder {
    return this.options.folder
  }

  get plan(): RunPlan {
    return this.models.plan
  }

  get instances(): readonly ModelInstance[] {
    return this.models.instances
  }

  get store(): ParameterStore {
    return this.state.store
  }

  score(instance: ModelInstance, options: ScoringOptions = {}): Score | undefined {
    return scoreModel(this.options.program, this.evaluator, this.options.data, instance, options)
  }

  /** Continues from the run folder's last checkpoint. */
  resume(): void {
    this.state.resume()
    clearCaches(
      this.folder,
      stagesLeft(this).map(({ name }) => name),
    )
  }

  /** What computes the records of frozen teachers for the stages that are left, and trains none. */
  ahead(): () => Promise<AheadOutcome> {
    const ready = stagesAhead(this)
    return () => recordsAhead(this, ready)
  }

  /** Runs the remaining stages. Throws DiagnosticError E1001 if a loss is not finite. */
  async run(): Promise<TrainOutcome> {
    const { folder, plan, models, state } = this
    state.startSaving()
    models.tell()
    if (state.progress.finished.length === 0 && state.progress.step === 0)
      scoreTeachers(this, models.untrainedTeachers)
    for (const stage of stagesLeft(this)) {
      if (!(await this.runStage(stage, plan.stages.indexOf(stage))))
        return { kind: 'interrupted', stage: stage.name, step: state.progress.step }
      const stopped = await this.stoppedAfterStage()
      if (stopped) return stopped
    }
    for (const instance of plan.trainedInstances) writeModel(folder, instance, state.store)
    const best = state.progress.finished.flatMap(({ name, best: one }) =>
      one ? [{ stage: name, best: one }] : [],
    )
    clearCaches(folder)
    folder.log({ event: 'finished' })
    return { kind: 'finished', best }
  }

  /** Where the run was interrupted while a stage ended, all of which is saved. */
  private async stoppedAfterStage(): Promise<TrainOutcome | undefined> {
    await new Promise(setImmediate)
    const last = this.state.progress.finished.at(-1)
    if (last === undefined || !this.options.interrupted?.()) return undefined
    return { kind: 'interrupted', stage: last.name, step: last.steps }
  }

  /** False where it was interrupted, and saved. */
  private async runStage(stage: Stage, index: number): Promise<boolean> {
    const begun = await beginStage(this, stage, index)
    if (begun === undefined) return false
    await verifyStart(this, begun)
    if (!(await trainSteps(this, begun))) return false
    endStage(this, begun)
    return true
  }

  /**
   * Releases weights and moments. They have no further readers, so a backend need not return them before it
   * closes.
   */
  dispose(): void {
    this.state.dispose()
  }
}
