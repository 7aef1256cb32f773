/** The models of a run: which they are, and when each gets its initial values. */
import type { ModelInstance, Stage } from '../check/program.ts'
import { trainedOwners } from '../check/trained.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import type { Progress } from './checkpoint.ts'
import { FirstUse, sourceModels } from './first-use.ts'
import { Initialiser } from './initialise.ts'
import { inputProblems } from './input-problems.ts'
import type { ParameterStore } from './parameters.ts'
import { RunPlan } from './run-plan.ts'
import type { TrainOptions } from './train-options.ts'

export class RunModels {
  readonly plan: RunPlan
  /** The instances of this run, including those from which others are initialised. */
  readonly instances: readonly ModelInstance[]
  private readonly options: TrainOptions
  private readonly initialiser: Initialiser
  private readonly firstUse: FirstUse
  private told = 0

  /**
   * Initialises the models whose values do not depend on training. Throws DiagnosticError for stages that
   * cannot be trained and for missing data and weights.
   */
  constructor(options: TrainOptions, store: ParameterStore) {
    const { program, data, seed, randomWeights = false, requireTrained = false } = options
    this.options = options
    this.plan = new RunPlan(program, options.stages)
    this.initialiser = new Initialiser(program, store, { seed, randomWeights })
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

  /** Logs the new notes. */
  tell(): void {
    const { notes } = this.initialiser
    for (const note of notes.slice(this.told)) this.options.observer.note?.(note)
    this.told = notes.length
  }

  /** The teachers that are not trained in this run and have their values before its first stage. */
  get untrainedTeachers(): ModelInstance[] {
    return this.teachers(({ name }) => !this.firstUse.dependsOnTraining(name))
  }

  /**
   * Initialises the models that are made from trained ones and are first used by the stage at `index`.
   * Returns those of them that teach and are not trained in this run.
   */
  begin(index: number): ModelInstance[] {
    const names = this.firstUse.beginningAt(index)
    for (const name of names) this.initialiser.refresh(name)
    this.tell()
    return this.teachers(({ name }) => names.includes(name))
  }

  /** `teacher A = S after stage`: frozen copies of S at the end of the stage at `index`. */
  copyAfter(index: number): void {
    for (const instance of this.instances)
      if (this.firstUse.copiedAfter(instance) === index) this.initialiser.refresh(instance.name)
  }

  /**
   * The last stage that has to end before parameters have the values with which the stage at `index` begins.
   * Undefined where they have them at the beginning of the one at `next`, the first that has not ended.
   */
  awaited(keys: readonly string[], next: number, index: number): Stage | undefined {
    const left = this.plan.stages.slice(next, index)
    const read = new Set(keys)
    const training = left.findLast(({ trained }) => trained.some((key) => read.has(key)))
    const owners = new Set(keys.map((key) => key.replace(/[.[].*$/s, '')))
    const making = [...owners].flatMap((name) => this.awaitedBy(name, next, left) ?? [])
    return left.findLast((stage) => stage === training || making.includes(stage))
  }

  /** The last of these stages that has to end before a model can be initialised. */
  private awaitedBy(name: string, next: number, left: readonly Stage[]): Stage | undefined {
    const instance = this.instances.find((one) => one.name === name)
    if (instance === undefined || this.firstUse.hasStarted(instance, next, next)) return undefined
    const copied = this.firstUse.copiedAfter(instance)
    if (copied !== undefined) return this.plan.stages[copied]
    return [...sourceModels(instance)]
      .flatMap(
        (source) =>
          left.findLast((stage) => trainedOwners(stage).has(source)) ??
          this.awaitedBy(source, next, left) ??
          [],
      )
      .at(-1)
  }

  /** The keys of a checkpoint: those of the models that have begun. */
  savedKeys({ finished, stage }: Progress): string[] {
    const begun = finished.length + (stage === undefined ? 0 : 1)
    const started = this.instances.filter((one) => this.firstUse.hasStarted(one, finished.length, begun))
    return this.plan.savedKeys(started)
  }

  private teachers(starts: (instance: ModelInstance) => boolean): ModelInstance[] {
    const trained = new Set(this.plan.trainedInstances.map(({ name }) => name))
    return this.instances.filter(
      (one) => one.role === 'teacher' && !one.copyOf && !trained.has(one.name) && starts(one),
    )
  }
}
