/**
 * A whole run: stages in order, each teacher scored first, evaluation and checkpoints on the way, the best weights kept. Whatever makes a
 * result (batches, masks, initial weights) follows from spec, seed and step, so that an interrupted run that goes on equals one that never
 * stopped, bit for bit.
 */
import { rmSync } from 'node:fs'
import type { ModelInstance, Program, Stage } from '../check/program.ts'
import { type Diagnostic, DiagnosticError } from '../diagnostics/diagnostic.ts'
import { E0731 } from '../diagnostics/messages/E0731.ts'
import { E0733 } from '../diagnostics/messages/E0733.ts'
import { E0830 } from '../diagnostics/messages/E0830.ts'
import type { compileStage, compileTaps } from '../lower/stage.ts'
import type { Runner } from '../run/runner.ts'
import { type Best, loadCheckpoint, type Progress, saveCheckpoint } from './checkpoint.ts'
import { explainNonFinite } from './diagnose.ts'
import { dataFor, Evaluator, headOutputs } from './evaluate.ts'
import { type DataProvider, StageFeed } from './feed.ts'
import { Initialiser, projectionKey } from './initialise.ts'
import { IntervalLog } from './interval-log.ts'
import { isBetter, isMetric, metricsOf } from './metrics/index.ts'
import { writeModel } from './model-file.ts'
import type { Score, TrainObserver } from './observer.ts'
import { ParameterStore, storedParameters } from './parameters.ts'
import type { RunFolder } from './run-folder.ts'
import { momentAt } from './schedule.ts'
import { type ScoringOptions, scoreLine, scoreModel } from './scoring.ts'
import { type StepContext, trainStep } from './step.ts'
import type { OptimizerState } from './update.ts'

export interface TrainOptions {
  readonly program: Program
  readonly runner: Runner
  /** Counts denominators exactly; the runner itself where absent. */
  readonly counter?: Runner
  readonly data: DataProvider
  readonly compileStage: typeof compileStage
  readonly compileTaps: typeof compileTaps
  readonly folder: RunFolder
  readonly seed: number
  readonly observer: TrainObserver
  readonly randomWeights?: boolean
  /** Only these stages (names, or names of families); all where absent. */
  readonly stages?: readonly string[]
  /** At most so many steps a stage; schedules then run over as many. */
  readonly maxSteps?: number
  /** Asked before each step. */
  readonly interrupted?: () => boolean
  /** Milliseconds. */
  readonly clock?: () => number
  /** Batches an evaluation reads at most: a dry run. */
  readonly evaluationLimit?: number
  /** Reads each checkpoint back and compares: a dry run. */
  readonly verifyCheckpoints?: boolean
}

export type TrainOutcome =
  | { readonly kind: 'finished'; readonly best: readonly { stage: string; best: Best }[] }
  | { readonly kind: 'interrupted'; readonly stage: string; readonly step: number }

/** Saved at least this often, whatever the evaluations. */
const saveInterval = 5 * 60_000

export class Trainer {
  readonly store = new ParameterStore()
  readonly evaluator: Evaluator
  readonly stages: readonly Stage[]
  /** The instances that this run needs, those that others are made from included. */
  readonly instances: readonly ModelInstance[]
  private readonly options: TrainOptions
  private readonly program: Program
  private readonly initialiser: Initialiser
  private optimizer: OptimizerState = new Map()
  private progress: Progress = { finished: [], step: 0, seconds: 0, worse: 0 }
  /** The step of the current stage that the last checkpoint holds. */
  private saved: number | undefined
  private savedAt = 0

  /** Throws DiagnosticError for stages that cannot be trained and weights that are not there. */
  constructor(options: TrainOptions) {
    const { program, runner, data, compileTaps } = options
    this.options = options
    this.program = program
    this.stages = selectStages(program, options.stages)
    const lacking = this.stages.flatMap((stage) => {
      const lacks = (['data', 'budget', 'optimizer'] as const).filter((name) => stage[name] === undefined)
      return lacks.length > 0 ? [E0733({ stage: stage.name, lacks, span: stage.span })] : []
    })
    if (lacking.length > 0) throw new DiagnosticError(...lacking)
    const { evaluationLimit: limit, seed, randomWeights = false } = options
    this.evaluator = new Evaluator({
      program,
      store: this.store,
      runner,
      data,
      compileTaps,
      ...(limit === undefined ? {} : { limit }),
    })
    this.initialiser = new Initialiser(program, this.store, { seed, randomWeights })
    const names = this.initialiser.closure([
      ...this.stages.flatMap((stage) => stage.instances),
      ...this.stages.flatMap((stage) => stage.trained.flatMap((key) => this.ownerOf(key)?.name ?? [])),
    ])
    for (const stage of this.stages) this.checkKeep(stage)
    throwTogether(
      () => data.requireFiles(this.dataNames),
      () => this.initialiser.requireFiles(names),
    )
    for (const stage of this.stages) this.checkVocabulary(stage)
    for (const name of names) this.initialiser.instance(name)
    for (const projection of program.projections.values()) this.initialiser.projection(projection)
    this.instances = names.flatMap((name) => program.instances.get(name) ?? [])
  }

  get folder(): RunFolder {
    return this.options.folder
  }

  get notes(): readonly string[] {
    return this.initialiser.notes
  }

  /** The data blocks that are trained on. */
  get dataNames(): string[] {
    return [...new Set(this.stages.flatMap(({ data }) => data ?? []))]
  }

  /** Instances that a stage of this run trains, in the order of the spec. */
  get trainedInstances(): ModelInstance[] {
    const owners = new Set(
      this.stages.flatMap((stage) => stage.trained.map((key) => this.ownerOf(key)?.name)),
    )
    return this.instances.filter(({ name }) => owners.has(name))
  }

  /** Goes on from the run folder's last checkpoint. */
  resume(): void {
    const { optimizer, progress } = loadCheckpoint(this.options.folder.last, this.store)
    this.optimizer = optimizer
    this.progress = progress
    this.saved = progress.step
    const done = new Set(progress.finished.map(({ name }) => name))
    this.options.folder.trimLog((line) => belongsTo(line, done, progress))
  }

  /** Runs what is left of the stages. Throws DiagnosticError E1001 where a loss stops being a number. */
  async run(): Promise<TrainOutcome> {
    const { observer, folder } = this.options
    this.savedAt = this.now()
    for (const note of this.notes) observer.note?.(note)
    if (this.progress.finished.length === 0 && this.progress.step === 0) this.scoreTeachers()
    for (const [index, stage] of this.stages.entries()) {
      if (this.progress.finished.some(({ name }) => name === stage.name)) continue
      const reached = await this.runStage(stage, index)
      if (reached !== undefined) return { kind: 'interrupted', stage: stage.name, step: reached }
    }
    for (const instance of this.trainedInstances) writeModel(this.options.folder, instance, this.store)
    const best = this.progress.finished.flatMap(({ name, best: one }) =>
      one ? [{ stage: name, best: one }] : [],
    )
    folder.log({ event: 'finished' })
    return { kind: 'finished', best }
  }

  /** Each teacher that is not itself trained here, on the data its head fits. */
  private scoreTeachers(): void {
    const trained = new Set(this.trainedInstances.map(({ name }) => name))
    for (const instance of this.instances) {
      if (instance.role !== 'teacher' || instance.copyOf || trained.has(instance.name)) continue
      const score = this.score(instance)
      if (!score) continue
      this.options.observer.teacher?.(score)
      this.options.folder.log({ event: 'teacher', ...scoreLine(score) })
    }
  }

  /** The score of an instance now; undefined where none of its heads has data. */
  score(instance: ModelInstance, options: ScoringOptions = {}): Score | undefined {
    return scoreModel(this.program, this.evaluator, this.options.data, instance, options)
  }

  /** The metrics that the stages that train an instance ask for. */
  metricsOf(instance: ModelInstance): string[] {
    const stages = this.stages.filter((stage) => this.trainedBy(stage).includes(instance))
    const asking = stages.length > 0 ? stages : this.stages
    return [
      ...new Set(asking.flatMap((stage) => [...(stage.keep ? [stage.keep.best] : []), ...stage.evaluate])),
    ]
  }

  /** Undefined when the stage is over; else the step at which it was interrupted. */
  private async runStage(stage: Stage, index: number): Promise<number | undefined> {
    const { program, runner, counter, data, seed, observer, folder, maxSteps } = this.options
    const { optimizer: spec, data: dataName } = stage
    if (!spec || dataName === undefined) return undefined
    const feed = new StageFeed(stage, dataName, data, seed)
    const total = feed.total(maxSteps)
    if (this.progress.stage !== stage.name) {
      const { finished } = this.progress
      this.progress = { finished, stage: stage.name, step: 0, seconds: 0, worse: 0 }
      this.saved = undefined
      if (!stage.continueOptimizer) this.optimizer = new Map()
    }
    // A stage that continues an optimizer goes on counting where the one before it ended.
    const offset = this.offsetOf(stage)
    const graphs = this.options.compileStage(program, stage)
    const context: StepContext = { stage, graphs, store: this.store, runner, ...(counter ? { counter } : {}) }
    const log = new IntervalLog(folder, stage.name, () => this.now())
    const begun = this.now() - this.progress.seconds * 1000
    const count = this.stages.length
    observer.stageBegins?.({
      stage: stage.name,
      number: index + 1,
      count,
      total,
      stepsPerEpoch: feed.stepsPerEpoch,
      step: this.progress.step,
    })
    const exhausted = (): boolean => stage.patience !== undefined && this.progress.worse >= stage.patience
    while (this.progress.step < total && !exhausted()) {
      const step = this.progress.step
      if (this.options.interrupted?.()) {
        this.save(stage, begun)
        return step
      }
      const random = { seed, stage: stage.name, step }
      const moment = momentAt(step + offset, total + offset, feed.stepsPerEpoch)
      const batches = feed.at(step, random)
      const result = trainStep(context, spec, this.optimizer, batches, random, moment)
      if (!result.finite) {
        throw new DiagnosticError(explainNonFinite(context, result, batches, random, moment, this.saved))
      }
      this.progress = { ...this.progress, step: step + 1 }
      const liveTokens = batches.reduce((sum, batch) => sum + batch.liveTokens, 0)
      const paddedTokens = batches.reduce((sum, batch) => sum + batch.B * batch.L, 0)
      const { terms, total: loss, norm, rate } = result
      const event = { stage: stage.name, step: step + 1, total, stepsPerEpoch: feed.stepsPerEpoch }
      log.add({ ...event, terms, loss, norm, rate, liveTokens, paddedTokens })
      observer.step?.({ ...event, terms, loss, norm, rate, liveTokens, paddedTokens })
      const every = stage.every ?? feed.stepsPerEpoch
      if ((step + 1) % every === 0 || step + 1 === total) {
        this.evaluate(stage)
        this.save(stage, begun)
      } else if (this.now() - this.savedAt > saveInterval) {
        this.save(stage, begun)
      }
      // Lets a Ctrl-C and the screen in.
      await new Promise(setImmediate)
    }
    this.endStage(stage, index, log.lastTerms, begun, exhausted() && this.progress.step < total)
    return undefined
  }

  private offsetOf(stage: Stage): number {
    if (!stage.continueOptimizer) return 0
    let offset = 0
    for (const { name, steps } of [...this.progress.finished].reverse()) {
      offset += steps
      if (!this.program.stages.find((one) => one.name === name)?.continueOptimizer) break
    }
    return offset
  }

  private evaluate(stage: Stage): void {
    const keep = stage.keep?.best
    const wanted = [...new Set([...(keep === undefined ? [] : [keep]), ...stage.evaluate])]
    const { observer, folder } = this.options
    const last = this.progress.step
    if (wanted.length === 0) return
    let decided = false
    for (const instance of this.trainedBy(stage)) {
      const score = this.score(instance, {
        metrics: wanted,
        ...(stage.data === undefined ? {} : { preferred: stage.data }),
      })
      if (!score) continue
      const value = keep !== undefined && isMetric(keep) ? score.values.get(keep) : undefined
      let best = false
      // The first trained model with that metric decides.
      if (keep !== undefined && isMetric(keep) && value !== undefined && !decided) {
        decided = true
        best = isBetter(keep, value, this.progress.best?.value)
        if (best) {
          this.progress = {
            ...this.progress,
            worse: 0,
            best: { metric: keep, value, model: score.model, step: last },
          }
          saveCheckpoint(
            folder.bestOf(stage.name),
            this.store,
            this.trainedKeys(stage),
            new Map(),
            this.progress,
          )
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

  private endStage(
    stage: Stage,
    index: number,
    terms: Readonly<Record<string, number>>,
    begun: number,
    early: boolean,
  ): void {
    const { observer, folder } = this.options
    const { best, step, finished } = this.progress
    const seconds = (this.now() - begun) / 1000
    if (best) loadCheckpoint(folder.bestOf(stage.name), this.store)
    this.makeCopies(stage)
    for (const instance of this.trainedBy(stage)) writeModel(this.options.folder, instance, this.store)
    const done = { name: stage.name, steps: step, seconds, terms, ...(best ? { best } : {}) }
    const next = this.stages[index + 1]
    observer.stageEnds?.({
      stage: stage.name,
      number: index + 1,
      count: this.stages.length,
      steps: step,
      seconds,
      terms,
      early,
      ...(best ? { best } : {}),
    })
    this.progress = { finished: [...finished, done], step: 0, seconds: 0, worse: 0 }
    // The last stage's own last checkpoint stays: going on from it ends the stage again, the same way.
    if (next) this.save(undefined, this.now())
  }

  /** `teacher A = S after stage`: frozen copies of what the stage leaves, and what is initialised from them. */
  private makeCopies(stage: Stage): void {
    const last = !this.program.stages.some(
      ({ family }) =>
        family && family.name === stage.family?.name && family.index > (stage.family?.index ?? 0),
    )
    for (const { name, copyOf } of this.instances) {
      if (!copyOf) continue
      if (copyOf.stage === stage.name || (last && copyOf.stage === stage.family?.name)) {
        this.initialiser.refresh(name)
        for (const other of this.instances) {
          if (other.copyOf || other.name === name || this.wasTrained(other, stage)) continue
          if (this.initialiser.closure([other.name]).includes(name)) this.initialiser.refresh(other.name)
        }
      }
    }
  }

  private wasTrained(instance: ModelInstance, now: Stage): boolean {
    const over = new Set([...this.progress.finished.map(({ name }) => name), now.name])
    return this.stages.some((stage) => over.has(stage.name) && this.trainedBy(stage).includes(instance))
  }

  private trainedBy(stage: Stage): ModelInstance[] {
    const owners = new Set(stage.trained.map((key) => this.ownerOf(key)))
    return [...this.program.instances.values()].filter((instance) => owners.has(instance))
  }

  /** The weights that a stage's best checkpoint holds. */
  private trainedKeys(stage: Stage): string[] {
    return [...stage.trained]
  }

  /** Everything that training changes or that a later stage reads of what it changed. */
  private savedKeys(): string[] {
    const keys = new Set<string>()
    for (const instance of this.instances) {
      if (!instance.copyOf && !this.trainedInstances.includes(instance)) continue
      for (const { key } of storedParameters(instance)) keys.add(key)
    }
    for (const { name, parameters } of this.program.projections.values()) {
      for (const { path } of parameters) keys.add(projectionKey(name, path))
    }
    return [...keys]
  }

  private save(stage: Stage | undefined, begun: number): void {
    const { folder, observer } = this.options
    const keys = this.savedKeys()
    this.savedAt = this.now()
    // Weights that have overflowed must not replace good ones.
    if (!keys.every((key) => allFinite(this.store.get(key).data))) return
    if (stage) this.progress = { ...this.progress, seconds: (this.now() - begun) / 1000 }
    saveCheckpoint(folder.last, this.store, keys, this.optimizer, this.progress)
    this.saved = this.progress.step
    if (this.options.verifyCheckpoints) this.verifyLast(keys)
    if (stage) observer.saved?.({ stage: stage.name, step: this.progress.step, path: folder.last })
  }

  private verifyLast(keys: readonly string[]): void {
    const before = this.store.snapshot(keys)
    const { optimizer } = loadCheckpoint(this.options.folder.last, this.store)
    for (const [key, data] of before) {
      if (!sameBits(data, this.store.get(key).data)) throw new Error(`${key} is not what was saved`)
    }
    for (const [key, { slots }] of this.optimizer) {
      const again = optimizer.get(key)?.slots ?? []
      if (!slots.every((slot, i) => sameBits(slot, again[i])))
        throw new Error(`moments of ${key} are not what was saved`)
    }
    this.optimizer = optimizer
  }

  private checkKeep(stage: Stage): void {
    const metric = stage.keep?.best
    if (metric === undefined) return
    const outputs = this.trainedBy(stage).flatMap(headOutputs)
    const measurable = outputs.filter((output) => dataFor(this.program, output, stage.data))
    const available = [...new Set(measurable.flatMap(({ kind }) => metricsOf(kind)))]
    if (available.some((name) => name === metric)) return
    const reason =
      outputs.length === 0
        ? `what stage ${stage.name} trains has no head that gives answers`
        : measurable.length === 0
          ? 'no data block has a validation or test file with answers for the head'
          : `the head of ${outputs[0]?.instance.name} gives answers of another kind`
    throw new DiagnosticError(E0731({ metric, reason, available, span: stage.span }))
  }

  /** Every model of a stage must have an embedding for every piece of its data's tokenizer. */
  private checkVocabulary(stage: Stage): void {
    const spec = this.program.data.get(stage.data ?? '')
    if (!spec) return
    const pieces = this.options.data.dataset(spec.name).vocabulary.pieces.length
    for (const name of stage.instances) {
      const instance = this.program.instances.get(name)
      const rows = instance?.settings.get('vocabulary')
      if (!instance || rows === undefined || rows >= pieces) continue
      const { span } = spec
      throw new DiagnosticError(
        E0830({ model: name, rows, data: spec.name, pieces, span, modelSpan: instance.span }),
      )
    }
  }

  private ownerOf(key: string): ModelInstance | undefined {
    const dot = key.indexOf('.')
    return dot < 0 ? undefined : this.program.instances.get(key.slice(0, dot))
  }

  private now(): number {
    return (this.options.clock ?? Date.now)()
  }

  /** Removes the run folder: after a dry run. */
  discard(): void {
    rmSync(this.options.folder.path, { recursive: true, force: true })
  }
}

/** The stages of a run in order: all that have data (others are for `distill step`), or those asked for. */
export function selectStages(program: Program, wanted: readonly string[] | undefined): readonly Stage[] {
  if (wanted === undefined) return program.stages.filter(({ data }) => data !== undefined)
  return program.stages.filter(
    ({ name, family }) => wanted.includes(name) || (family && wanted.includes(family.name)),
  )
}

/** Does all, and throws what went wrong in any of them as one. */
function throwTogether(...all: readonly (() => void)[]): void {
  const diagnostics: Diagnostic[] = []
  for (const one of all) {
    try {
      one()
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error
      diagnostics.push(...error.diagnostics)
    }
  }
  if (diagnostics.length > 0) throw new DiagnosticError(...diagnostics)
}

/** Was this line of metrics.jsonl written before the checkpoint? */
function belongsTo(line: unknown, finished: ReadonlySet<string>, { stage, step }: Progress): boolean {
  if (typeof line !== 'object' || line === null) return false
  if ('event' in line && line.event === 'finished') return false
  if (!('stage' in line) || typeof line.stage !== 'string') return true
  if (finished.has(line.stage)) return true
  return line.stage === stage && 'step' in line && typeof line.step === 'number' && line.step <= step
}

function allFinite(data: Float32Array): boolean {
  // One sum is NaN or infinite if any value is; float64 cannot overflow from float32 values.
  let sum = 0
  for (let i = 0; i < data.length; i++) sum += data[i] as number
  return Number.isFinite(sum)
}

function sameBits(a: Float32Array, b: Float32Array | undefined): boolean {
  return b !== undefined && a.length === b.length && a.every((value, i) => Object.is(value, b[i]))
}
