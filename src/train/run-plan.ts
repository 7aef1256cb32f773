/** What a run is made of, before anything is read or computed: its stages in order, who trains what, and whether that can be done. */
import type { ModelInstance, Program, Stage } from '../check/program.ts'
import { trainedOwners } from '../check/trained.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { stageNotTrainable } from '../diagnostics/messages/stages.ts'
import { modelsOf, sourceModels } from './first-use.ts'
import { projectionKey } from './initialise.ts'
import { storedParameters } from './parameters.ts'
import { requireWholeBatch } from './whole-batch.ts'

export class RunPlan {
  readonly stages: readonly Stage[]
  private readonly program: Program

  /** All stages that have data (others are for `distill step`), or those asked for by name or family. Throws E0733. */
  constructor(program: Program, wanted?: readonly string[]) {
    this.program = program
    this.stages = program.stages.filter(({ name, family, data }) =>
      wanted === undefined
        ? data !== undefined
        : wanted.includes(name) || (family !== undefined && wanted.includes(family.name)),
    )
    const lacking = this.stages.flatMap((stage) => {
      const lacks: string[] = (['data', 'budget', 'optimizer'] as const).filter(
        (name) => stage[name] === undefined,
      )
      const data = program.data.get(stage.data ?? '')
      if (data && data.train === undefined) lacks.push(`training file in ${data.name}`)
      return lacks.length > 0 ? [stageNotTrainable({ stage: stage.name, lacks, span: stage.span })] : []
    })
    if (lacking.length > 0) throw new DiagnosticError(...lacking)
  }

  /** Instances that the stages read or train, or that propose words for their data. */
  get instanceNames(): string[] {
    return [...new Set(this.stages.flatMap((stage) => [...modelsOf(this.program, stage)]))]
  }

  /** The data blocks that are trained on. */
  get dataNames(): string[] {
    return [...new Set(this.stages.flatMap(({ data }) => data ?? []))]
  }

  /** Instances of which a stage trains something, in the order of the spec. */
  trainedBy(stage: Stage): ModelInstance[] {
    const owners = trainedOwners(stage)
    return [...this.program.instances.values()].filter(({ name }) => owners.has(name))
  }

  /** Steps that came before a stage which continues an optimizer: of those that it was continued through. `finished`: what was run, in order. */
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

  /** The metrics that the stages that train an instance ask for; of all stages where none does. */
  metricsOf(instance: ModelInstance): string[] {
    const own = this.stages.filter((stage) => this.trainedBy(stage).includes(instance))
    const asking = own.length > 0 ? own : this.stages
    return [
      ...new Set(asking.flatMap(({ keep, evaluate }) => [...(keep?.best ? [keep.best] : []), ...evaluate])),
    ]
  }

  /** Keys that a checkpoint holds, out of these instances: what training changes, and what is made from other models. */
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

  /** Throws E0862 for stages whose files hold less than the one whole batch that they need. What augmentation makes of them is not known yet. */
  checkBatches(examplesOf: (name: string) => number | undefined): void {
    for (const stage of this.stages) {
      const spec = this.program.data.get(stage.data ?? '')
      if (stage.partial === undefined || spec === undefined || spec.augment !== undefined) continue
      const examples = examplesOf(spec.name)
      if (examples !== undefined) requireWholeBatch(stage, spec.name, examples)
    }
  }
}
