/**
 * The plan of a run, before anything is read or computed: its stages in order, the models that each trains,
 * and whether they can run.
 */
import { measuredBy } from '../check/metric-names.ts'
import type { ModelInstance, Program, Stage } from '../check/program.ts'
import { trainedOwners } from '../check/trained.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { stageNotTrainable } from '../diagnostics/messages/stages.ts'
import { modelsOf, sourceModels } from './first-use.ts'
import { projectionKey, storedParameters } from './parameters.ts'
import { requireWholeBatch } from './whole-batch.ts'

export class RunPlan {
  readonly stages: readonly Stage[]
  private readonly program: Program

  /**
   * All stages that have data (others are for `distill step`), or those requested by name or family. Throws
   * E0733.
   */
  constructor(program: Program, wanted?: readonly string[]) {
    this.program = program
    this.stages = program.stages.filter(({ name, family, data }) =>
      wanted === undefined
        ? data !== undefined
        : wanted.includes(name) || (family !== undefined && wanted.includes(family.name)),
    )
    const lacking = this.stages.flatMap((stage) => {
      const lacks = (['data', 'budget', 'optimizer'] as const).filter((name) => stage[name] === undefined)
      return lacks.length > 0 ? [stageNotTrainable({ stage: stage.name, lacks, span: stage.span })] : []
    })
    if (lacking.length > 0) throw new DiagnosticError(...lacking)
  }

  /** Instances that the stages read or train, or that propose words for their data. */
  get instanceNames(): string[] {
    return [...new Set(this.stages.flatMap((stage) => [...modelsOf(this.program, stage)]))]
  }

  /** The data blocks that are trained on, then those that metrics name by `on`. */
  get dataNames(): string[] {
    const scored = this.stages.flatMap((stage) => measuredBy(stage).flatMap(({ on }) => on ?? []))
    return [...new Set([...this.stages.flatMap(({ data }) => data ?? []), ...scored])]
  }

  /** Instances of which a stage trains something, in the order of the spec. */
  trainedBy(stage: Stage): ModelInstance[] {
    const owners = trainedOwners(stage)
    return [...this.program.instances.values()].filter(({ name }) => owners.has(name))
  }

  /**
   * The number of earlier steps for a stage that continues an optimizer, over all stages through which it was
   * continued. `finished`: the stages that have run, in order.
   */
  offsetOf(stage: Stage, finished: readonly { readonly name: string; readonly steps: number }[]): number {
    if (!stage.continueOptimizer) return 0
    let offset = 0
    for (const { name, steps } of finished.toReversed()) {
      offset += steps
      if (!this.program.stages.find((one) => one.name === name)?.continueOptimizer) break
    }
    return offset
  }

  get trainedInstances(): ModelInstance[] {
    const trained = new Set(this.stages.flatMap((stage) => this.trainedBy(stage)))
    return [...this.program.instances.values()].filter((instance) => trained.has(instance))
  }

  /**
   * What the table at the end measures of an instance: the metrics of the stages that train it, of all stages
   * if none does, on the first block that one of them names by `on`.
   */
  finalScoring(instance: ModelInstance): {
    readonly metrics: readonly string[]
    readonly preferred?: string
  } {
    const own = this.stages.filter((stage) => this.trainedBy(stage).includes(instance))
    const wanted = (own.length > 0 ? own : this.stages).flatMap(measuredBy)
    const preferred = wanted.find(({ on }) => on !== undefined)?.on
    return {
      metrics: [...new Set(wanted.map(({ metric }) => metric))],
      ...(preferred === undefined ? {} : { preferred }),
    }
  }

  /**
   * The keys that a checkpoint has for these instances: parameters that training changes, and those
   * initialised from other models.
   */
  savedKeys(instances: readonly ModelInstance[]): string[] {
    const trained = this.trainedInstances
    const models = instances.filter(
      (instance) => sourceModels(instance).size > 0 || trained.includes(instance),
    )
    return [
      ...models.flatMap((instance) => storedParameters(instance).map(({ key }) => key)),
      ...[...this.program.projections.values()].flatMap(({ name, parameters }) =>
        parameters.map(({ path }) => projectionKey(name, path)),
      ),
    ]
  }

  /**
   * Throws E0862 for stages whose files have fewer examples than one complete batch. The number after
   * augmentation is not known yet.
   * @param examplesOf of a data block; undefined if it is not known, or is enough
   */
  checkBatches(examplesOf: (name: string, enough: number) => number | undefined): void {
    for (const stage of this.stages) {
      const spec = this.program.data.get(stage.data ?? '')
      if (stage.partial !== 'drop' || spec === undefined || spec.augment !== undefined) continue
      const examples = examplesOf(spec.name, stage.batch)
      if (examples !== undefined) requireWholeBatch(stage, spec.name, examples)
    }
  }
}
