/**
 * A run: its stages in order, with scores of teachers first, evaluations, checkpoints, and the best weights
 * kept. Batches, masks and initial weights depend only on spec, seed and step. So a resumed run is equal to
 * an uninterrupted one, bit for bit.
 */
import type { ModelInstance, Program, Stage } from '../check/program.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { Augmentation } from './augmentation/augmentation.ts'
import { belongsTo } from './belongs-to.ts'
import { loadCheckpoint, type Progress, saveCheckpoint, verifyCheckpoint } from './checkpoint.ts'
import { isClipped } from './clip.ts'
import { explainNonFinite } from './diagnose.ts'
import { Evaluator } from './evaluate.ts'
import { StageFeed } from './feed.ts'
import { settleFidelity } from './fidelity.ts'
import { FirstUse } from './first-use.ts'
import { stageValues } from './frozen/stage-values.ts'
import { Initialiser } from './initialise.ts'
import { inputProblems } from './input-problems.ts'
import { IntervalLog } from './interval-log.ts'
import { AgreementMeter, measuresAgreementAt } from './kept/agreement.ts'
import { HeldMemory, logPlan, type Spent, type StageEnd } from './kept/stage-record.ts'
import { isBetter } from './metrics/index.ts'
import { writeModel } from './model-file.ts'
import type { Score, StageBegins } from './observer.ts'
import { allFinite, ParameterStore } from './parameters.ts'
import type { RunFolder } from './run-folder.ts'
import { RunPlan } from './run-plan.ts'
import { momentAt } from './schedule.ts'
import { type ScoringOptions, scoreLine, scoreModel, stageScores } from './scoring.ts'
import { publishStage, reuseStage } from './shared-stages.ts'
import { workOf } from './stage-work.ts'
import { trainStep } from './step.ts'
import { stepDone } from './step-done.ts'
import type { StepContext } from './step-inputs.ts'
import { canMeasureTerms, logsTermNormsAt, termNormsAt } from './term-norms.ts'
import type { TrainOptions, TrainOutcome } from './train-options.ts'
import { type OptimizerState, releaseState } from './update.ts'

/** Number of rows of the training files that a dry run augments. */
const dryRows = 16

/** Longest time in milliseconds between two checkpoints. */
const saveInterval = 5 * 60_000

export class Trainer {
  readonly store = new ParameterStore()
  readonly evaluator: Evaluator
  readonly plan: RunPlan
  /** The instances of this run, including those from which others are initialised. */
  readonly instances: readonly ModelInstance[]
  private readonly options: TrainOptions
  private readonly program: Program
  private readonly initialiser: Initialiser
  private readonly firstUse: FirstUse
  /** Absent where states are not compared. */
  readonly meter: AgreementMeter | undefined
  private readonly augmentation: Augmentation
  private optimizer: OptimizerState = new Map()
  private progress: Progress = { finished: [], step: 0, seconds: 0, worse: 0 }
  /** The step of the last checkpoint in the current stage. */
  private saved: number | undefined
  private savedAt = 0
  private told = 0

  /** Throws DiagnosticError for stages that cannot be trained and for missing weights. */
  constructor(options: TrainOptions) {
    const { program, runner, data, compileTaps } = options
    this.options = options
    this.program = program
    this.plan = new RunPlan(program, options.stages)
    const { evaluationLimit: limit, seed, randomWeights = false, requireTrained = false } = options
    this.augmentation = new Augmentation(options, this.store, limit === undefined ? undefined : dryRows)
    this.evaluator = new Evaluator({
      program,
      store: this.store,
      runner,
      data,
      compileTaps,
      ...(limit === undefined ? {} : { limit }),
    })
    if (options.agreement) this.meter = new AgreementMeter(program, this.evaluator, data, limit)
    this.initialiser = new Initialiser(program, this.store, { seed, randomWeights })
    const names = this.initialiser.closure(this.plan.instanceNames)
    this.instances = [...program.instances.values()].filter(({ name }) => names.includes(name))
    this.firstUse = new FirstUse(program, this.plan.stages)
    const { plan, instances } = this
    const problems = inputProblems({
      program,
      plan,
      data: plan.dataNames,
      instances,
      randomWeights,
      requireTrained,
      reader: {
        requireFiles: (all) => data.requireFiles(all),
        read: (name) => void data.dataset(name),
        examples: (name) => data.dataset(name).splits.get('train')?.length ?? 0,
        tokenizer: (name) => data.tokenizer(name),
      },
    })
    if (problems.length > 0) throw new DiagnosticError(...problems)
    for (const name of names)
      if (this.firstUse.dependsOnTraining(name)) this.initialiser.reserve(name)
      else this.initialiser.instance(name)
    this.initialiser.noteUnused()
    for (const projection of program.projections.values()) this.initialiser.projection(projection)
  }

  get folder(): RunFolder {
    return this.options.folder
  }

  /** Continues from the run folder's last checkpoint. */
  resume(): void {
    const { optimizer, progress } = loadCheckpoint(this.options.folder.last, this.store)
    this.optimizer = optimizer
    this.progress = progress
    this.saved = progress.step
    const done = new Set(progress.finished.map(({ name }) => name))
    this.options.folder.trimLog((line) => belongsTo(line, done, progress))
  }

  /** Runs the remaining stages. Throws DiagnosticError E1001 if a loss is not finite. */
  async run(): Promise<TrainOutcome> {
    const { folder } = this.options
    this.savedAt = this.now()
    this.tell()
    if (this.progress.finished.length === 0 && this.progress.step === 0)
      this.scoreTeachers(({ name }) => !this.firstUse.dependsOnTraining(name))
    for (const [index, stage] of this.plan.stages.entries()) {
      if (this.progress.finished.some(({ name }) => name === stage.name)) continue
      const reached = await this.runStage(stage, index)
      if (reached !== undefined) return { kind: 'interrupted', stage: stage.name, step: reached }
    }
    for (const instance of this.plan.trainedInstances) writeModel(this.options.folder, instance, this.store)
    const best = this.progress.finished.flatMap(({ name, best: one }) =>
      one ? [{ stage: name, best: one }] : [],
    )
    folder.log({ event: 'finished' })
    return { kind: 'finished', best }
  }

  /**
   * Releases weights and moments. They have no further readers, so a backend need not return them before it
   * closes.
   */
  dispose(): void {
    this.store.dispose()
    releaseState(this.optimizer)
  }

  /** Logs the new notes. */
  private tell(): void {
    const { notes } = this.initialiser
    for (const note of notes.slice(this.told)) this.options.observer.note?.(note)
    this.told = notes.length
  }

  /**
   * Scores each teacher that is initialised now and not trained in this run, on the data that its head fits.
   */
  private scoreTeachers(starts: (instance: ModelInstance) => boolean, stage?: Stage): void {
    const trained = new Set(this.plan.trainedInstances.map(({ name }) => name))
    for (const instance of this.instances.filter(starts)) {
      if (instance.role !== 'teacher' || instance.copyOf || trained.has(instance.name)) continue
      const score = this.score(instance)
      if (!score) continue
      this.options.observer.teacher?.(score)
      const at = stage === undefined ? {} : { stage: stage.name, step: 0 }
      this.options.folder.log({ event: 'teacher', ...at, ...scoreLine(score) })
    }
  }

  /** The score of an instance; undefined if none of its heads has data. */
  score(instance: ModelInstance, options: ScoringOptions = {}): Score | undefined {
    return scoreModel(this.program, this.evaluator, this.options.data, instance, options)
  }

  /** Undefined when the stage is over; otherwise the step at which it was interrupted. */
  private async runStage(stage: Stage, index: number): Promise<number | undefined> {
    const { program, runner, counter, seed, observer, folder, maxSteps, termGradients } = this.options
    const { optimizer: spec, data: dataName } = stage
    if (!spec || dataName === undefined) return undefined
    if (this.progress.stage !== stage.name) {
      const { finished } = this.progress
      this.progress = { finished, stage: stage.name, step: 0, seconds: 0, worse: 0 }
      this.saved = undefined
      if (!stage.continueOptimizer) releaseState(this.optimizer)
    }
    if (this.progress.step === 0) this.beginModels(stage, index)
    const data = await this.augmentation.dataOf(stage, dataName, this.options)
    if (data === undefined) {
      this.save(stage, this.now() - this.progress.seconds * 1000)
      return this.progress.step
    }
    const feed = new StageFeed(stage, dataName, data, seed)
    const total = feed.total(maxSteps)
    // A stage that continues an optimizer counts its steps from the end of the stage before.
    const offset = this.plan.offsetOf(stage, this.progress.finished)
    const graphs = this.options.compileStage(program, stage, {
      hoist: true,
      keepUnread: true,
      automatic: this.options.automatic,
      ...(termGradients ? { termGradients: termGradients === 'sampled' ? 'from step' : 'always' } : {}),
      ...(runner.capabilities === undefined ? {} : { capabilities: runner.capabilities }),
    })
    const frozen =
      graphs.frozen &&
      stageValues(
        graphs.frozen,
        { stage, dataName, data, total },
        { options: this.options, store: this.store, progress: this.progress },
      )
    if (frozen) this.progress = { ...this.progress, frozen: frozen.mode }
    const tokens = frozen?.mode === 'computed' ? graphs.tokensAtOnce?.withFrozen : graphs.tokensAtOnce?.step
    const parts = { tokens, readsPadding: graphs.readsPadding }
    const context: StepContext = { stage, graphs, store: this.store, runner, ...(counter ? { counter } : {}) }
    const logTerms = canMeasureTerms(stage, graphs) ? termGradients : undefined
    const log = new IntervalLog(folder, stage.name, () => this.now())
    const trained = this.plan.trainedBy(stage)
    const { store, optimizer } = this
    const start = { stage, dataName, data, graphs, total, offset, trained, store, optimizer }
    const reused = this.progress.step === 0 ? reuseStage(start, this.options, this.progress) : undefined
    if (reused) {
      if (reused.optimizer) {
        releaseState(this.optimizer)
        this.optimizer = reused.optimizer
      }
      this.progress = reused.progress
    }
    const begun = this.now() - this.progress.seconds * 1000
    const count = this.plan.stages.length
    const every = stage.every ?? feed.stepsPerEpoch
    const memory = this.memoryOf(stage)
    const { planned } = this.options
    const work =
      planned &&
      workOf(
        { program, stages: this.plan.stages, planned, data: this.options.data, maxSteps },
        index,
        frozen?.mode === 'computed',
      )
    observer.stageBegins?.({
      stage: stage.name,
      number: index + 1,
      count,
      total,
      stepsPerEpoch: feed.stepsPerEpoch,
      step: this.progress.step,
      ...(reused?.from === undefined ? {} : { reused: reused.from }),
      evaluateEvery: every,
      ...(work ? { work } : {}),
      ...(memory ? { memory } : {}),
    })
    if (this.progress.step === 0) logPlan(folder, stage.name, this.options.planned)
    this.meter?.forget()
    const held = new HeldMemory(runner)
    const exhausted = (): boolean => stage.patience !== undefined && this.progress.worse >= stage.patience
    const interrupted = (): boolean => this.options.interrupted?.() ?? false
    if (this.progress.step === 0 && total > 0)
      for (const batch of feed.at(0, { seed, stage: stage.name, step: 0 }, parts).slice(0, 1))
        settleFidelity(stage, batch, { ...this.options, store: this.store })
    const filling = this.now()
    if (this.progress.step < total && !exhausted())
      await frozen?.fill((event) => observer.frozen?.(event), interrupted)
    if (frozen) this.spend('frozen', filling)
    if (frozen?.from !== undefined) {
      const { step } = this.progress
      observer.note?.(`stage ${stage.name}: values of frozen models as in ${frozen.from}`)
      folder.log({ event: 'reused_values', stage: stage.name, step, from: frozen.from })
    }
    while (this.progress.step < total && !exhausted()) {
      const step = this.progress.step
      if (interrupted()) {
        this.save(stage, begun)
        frozen?.close()
        return step
      }
      const random = { seed, stage: stage.name, step }
      const moment = momentAt(step + offset, total + offset, feed.stepsPerEpoch)
      const batches = feed.at(step, random, parts).map((batch, i) => frozen?.complete(batch, i) ?? batch)
      const measured =
        logTerms !== undefined && logsTermNormsAt(logTerms, stage, step + 1, total)
          ? termNormsAt(context, batches, random, moment)
          : undefined
      const result = trainStep(context, spec, this.optimizer, batches, random, moment)
      if (!result.finite) {
        throw new DiagnosticError(explainNonFinite(context, result, batches, random, moment, this.saved))
      }
      held.look()
      this.progress = { ...this.progress, step: step + 1 }
      const place = { stage: stage.name, step: step + 1, total, stepsPerEpoch: feed.stepsPerEpoch }
      const done = stepDone(place, result, batches, {
        clipped: isClipped(spec, result.norm),
        termNorms: measured?.(result),
      })
      log.add(done)
      observer.step?.(done)
      if ((step + 1) % every === 0 || step + 1 === total) {
        const evaluating = this.now()
        this.evaluate(stage)
        if (measuresAgreementAt(step + 1, every, stage.batch)) this.meter?.log(stage, step + 1, folder)
        this.spend('evaluation', evaluating)
        this.save(stage, begun)
        this.keepLast(stage)
      } else if (this.now() - this.savedAt > saveInterval) {
        this.save(stage, begun)
      }
      // Lets Ctrl-C and the progress display run.
      await new Promise(setImmediate)
    }
    frozen?.discard()
    const { shared } = this.options
    if (reused?.from !== undefined) this.save(stage, begun)
    else if (shared && this.progress.key !== undefined)
      publishStage(shared, this.progress.key, {
        ...start,
        optimizer: this.optimizer,
        progress: this.progress,
        folder,
      })
    const terms = reused?.terms ?? log.lastTerms
    const early = exhausted() && this.progress.step < total
    this.endStage(stage, index, { terms, begun, early, held })
    return undefined
  }

  /** Adds the time since `since` to what the stage spent beside its steps. */
  private spend(what: keyof Spent, since: number): void {
    const { spent = { frozen: 0, evaluation: 0 } } = this.progress
    const more = (this.now() - since) / 1000
    this.progress = { ...this.progress, spent: { ...spent, [what]: spent[what] + more } }
  }

  private memoryOf({ name }: Stage): StageBegins['memory'] {
    const { planned } = this.options
    const peak = planned?.peaks.get(name)
    return planned && peak !== undefined ? { peak, available: planned.available } : undefined
  }

  private evaluate(stage: Stage): void {
    const keep = stage.keep?.best
    const { observer, folder } = this.options
    const last = this.progress.step
    let decided = false
    for (const { instance, score, on } of stageScores(stage, this.plan.trainedBy(stage), this)) {
      const value = keep !== undefined && keep.on === on ? score.values.get(keep.metric) : undefined
      let best = false
      // The first trained model that has the metric decides.
      if (keep !== undefined && value !== undefined && !decided) {
        decided = true
        best = isBetter(keep.metric, value, this.progress.best?.value)
        if (best) {
          this.progress = {
            ...this.progress,
            worse: 0,
            best: { metric: keep.metric, value, model: score.model, step: last },
          }
          saveCheckpoint(folder.bestOf(stage.name), this.store, stage.trained, new Map(), this.progress)
          writeModel(this.options.folder, instance, this.store)
        } else {
          this.progress = { ...this.progress, worse: this.progress.worse + 1 }
        }
      }
      observer.scored?.({ stage: stage.name, step: last, score, isBest: best })
      folder.log({
        event: 'evaluation',
        stage: stage.name,
        step: last,
        ...scoreLine(score),
        ...(best ? { best } : {}),
      })
    }
  }

  private endStage(stage: Stage, index: number, { terms, begun, early, held }: StageEnd): void {
    const { observer, folder } = this.options
    const { best, step, finished, spent } = this.progress
    const seconds = (this.now() - begun) / 1000
    folder.log({ event: 'stage', stage: stage.name, step, seconds, spent, early, ...held.event })
    if (best) loadCheckpoint(folder.bestOf(stage.name), this.store)
    this.makeCopies(index)
    for (const instance of this.plan.trainedBy(stage)) writeModel(this.options.folder, instance, this.store)
    const done = { name: stage.name, steps: step, seconds, terms, ...(best ? { best } : {}) }
    const next = this.plan.stages[index + 1]
    observer.stageEnds?.({
      stage: stage.name,
      number: index + 1,
      count: this.plan.stages.length,
      steps: step,
      seconds,
      terms,
      early,
      ...(best ? { best } : {}),
    })
    this.progress = { finished: [...finished, done], step: 0, seconds: 0, worse: 0 }
    // The last stage keeps its last checkpoint. To resume from it ends the stage once more in the same way.
    if (next) this.save(undefined, this.now())
  }

  /**
   * Models initialised from trained ones get their values at the beginning of the first stage that needs
   * them.
   */
  private beginModels(stage: Stage, index: number): void {
    const names = this.firstUse.beginningAt(index)
    for (const name of names) this.initialiser.refresh(name)
    this.tell()
    this.scoreTeachers(({ name }) => names.includes(name), stage)
  }

  /** `teacher A = S after stage`: frozen copies of S at the end of the stage. */
  private makeCopies(index: number): void {
    for (const instance of this.instances)
      if (this.firstUse.copiedAfter(instance) === index) this.initialiser.refresh(instance.name)
  }

  private save(stage: Stage | undefined, begun: number): void {
    const { folder, observer } = this.options
    const { finished, stage: current } = this.progress
    const stages = finished.length + (current === undefined ? 0 : 1)
    const started = this.instances.filter((one) => this.firstUse.hasStarted(one, finished.length, stages))
    const keys = this.plan.savedKeys(started)
    this.savedAt = this.now()
    // Infinite weights must not replace good ones.
    if (!keys.every((key) => allFinite(this.store.get(key).read()))) return
    if (stage) this.progress = { ...this.progress, seconds: (this.now() - begun) / 1000 }
    saveCheckpoint(folder.last, this.store, keys, this.optimizer, this.progress)
    this.saved = this.progress.step
    if (this.options.verifyCheckpoints)
      this.optimizer = verifyCheckpoint(folder.last, this.store, keys, this.optimizer)
    if (stage) observer.saved?.({ stage: stage.name, step: this.progress.step, path: folder.last })
  }

  /** Keeps the new checkpoint beside those of earlier evaluations. */
  private keepLast({ name, keep }: Stage): void {
    const { step } = this.progress
    if (keep?.last !== undefined && this.saved === step) this.options.folder.keepLast(name, step, keep.last)
  }

  private now(): number {
    return (this.options.clock ?? Date.now)()
  }
}
