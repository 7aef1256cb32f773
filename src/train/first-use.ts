/**
 * When each model of a run is initialised: at the beginning of the first stage that trains or reads it, or
 * that initialises another model from it. So the weights that an earlier stage trained are taken as that
 * stage left them. A copy (`A = S after learn`) is taken when its stage ends.
 */
import type { ModelInstance, Program, Stage } from '../check/program.ts'
import { trainedOwners } from '../check/trained.ts'
import { initialSources } from './parameter-origins.ts'

export class FirstUse {
  private readonly program: Program
  private readonly stages: readonly Stage[]
  private readonly indices = new Map<string, number>()
  private readonly dependence = new Map<string, boolean>()

  /** @param stages of the run, in order */
  constructor(program: Program, stages: readonly Stage[]) {
    this.program = program
    this.stages = stages
    for (const [index, stage] of stages.entries())
      for (const name of modelsOf(program, stage)) this.use(name, index)
  }

  /** Index of the stage at whose beginning a model is initialised; undefined if no stage needs it. */
  of(name: string): number | undefined {
    return this.indices.get(name)
  }

  /** Whether the initial values of a model depend on earlier stages of this run. */
  dependsOnTraining(name: string): boolean {
    const known = this.dependence.get(name)
    if (known !== undefined) return known
    const instance = this.program.instances.get(name)
    const before = this.stages.slice(0, this.of(name) ?? 0)
    const depends =
      instance !== undefined &&
      (this.copiedAfter(instance) !== undefined ||
        [...sourceModels(instance)].some(
          (source) =>
            before.some((stage) => trainedOwners(stage).has(source)) || this.dependsOnTraining(source),
        ))
    this.dependence.set(name, depends)
    return depends
  }

  /**
   * Index of the stage at whose end a copy is taken: the one that `copyOf` names, or the last of the family.
   * Undefined if none of them runs.
   */
  copiedAfter({ copyOf }: ModelInstance): number | undefined {
    if (copyOf === undefined) return undefined
    const index = this.stages.findLastIndex(
      ({ name, family }) => name === copyOf.stage || family?.name === copyOf.stage,
    )
    return index < 0 ? undefined : index
  }

  /**
   * Models that are initialised when the stage at `index` begins, and could not be before the run. Sources
   * come before the models that are made from them.
   */
  beginningAt(index: number): readonly string[] {
    return [...this.indices].flatMap(([name, first]) => {
      const instance = this.program.instances.get(name)
      const begins = first === index && instance && this.copiedAfter(instance) === undefined
      return begins && this.dependsOnTraining(name) ? [name] : []
    })
  }

  /** Whether a model is initialised after so many stages of the run have finished and begun. */
  hasStarted(instance: ModelInstance, finished: number, begun: number): boolean {
    const copied = this.copiedAfter(instance)
    if (copied !== undefined) return copied < finished
    return !this.dependsOnTraining(instance.name) || (this.of(instance.name) ?? begun) < begun
  }

  /** Sources come before the models that are made from them. There are no cycles (E0427). */
  private use(name: string, index: number): void {
    const instance = this.program.instances.get(name)
    if (instance === undefined || this.indices.has(name)) return
    for (const source of sourceModels(instance)) this.use(source, index)
    this.indices.set(name, index)
  }
}

/** The models that a stage trains or reads, or that propose words for its data. */
export function modelsOf({ data, instances }: Program, stage: Stage): ReadonlySet<string> {
  const proposals = data.get(stage.data ?? '')?.augment?.proposals
  const trained = [...trainedOwners(stage)].filter((owner) => instances.has(owner))
  return new Set([...stage.instances, ...(proposals ? [proposals.instance] : []), ...trained])
}

/** The models whose parameters initialise a model. */
export function sourceModels({ parameters, copyOf }: ModelInstance): ReadonlySet<string> {
  const sources = parameters.flatMap(({ initial }) => initialSources(initial)).map(({ owner }) => owner)
  return new Set([...(copyOf ? [copyOf.instance] : []), ...sources])
}
