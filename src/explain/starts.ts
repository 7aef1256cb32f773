/** What each model starts from, and when that is read. */
import type { ModelInstance, Program, Stage } from '../check/program.ts'
import { trainedOwners } from '../check/trained.ts'
import { FirstUse, sourceModels } from '../train/first-use.ts'

export interface StartReport {
  /** A model of the spec, or a folder or file of weights. */
  readonly from: string
  /**
   * `before the first stage`, `when stage distil begins`, of a copy `when stage learn ends`; null where no
   * stage needs the model.
   */
  readonly read: string | null
  /** The stages that have trained the source by then. */
  readonly trained_by: readonly string[]
}

/** Says it of the models of a program, as a run of all its stages would do it. */
export class Starts {
  private readonly stages: readonly Stage[]
  private readonly firstUse: FirstUse

  constructor(program: Program) {
    // Stages without data are for `distill step`, which is given all weights; a spec may have no others.
    const run = program.stages.filter(({ data }) => data !== undefined)
    this.stages = run.length > 0 ? run : program.stages
    this.firstUse = new FirstUse(program, this.stages)
  }

  of(instance: ModelInstance): readonly StartReport[] {
    const files = instance.parameters.flatMap(({ initial }) =>
      initial.kind === 'checkpoint' ? [initial.path] : [],
    )
    const first = this.firstUse.of(instance.name)
    const copied = this.firstUse.copiedAfter(instance)
    const started = first === undefined ? null : 'before the first stage'
    const before = copied === undefined ? this.stages.slice(0, first ?? 0) : this.stages.slice(0, copied + 1)
    const models = [...sourceModels(instance)].map((from): StartReport => {
      const trained = before.filter((stage) => trainedOwners(stage).has(from)).map(({ name }) => name)
      const last = this.stages[copied ?? first ?? 0]?.name ?? ''
      const waits = this.firstUse.dependsOnTraining(instance.name)
      const read =
        copied !== undefined ? `when stage ${last} ends` : waits ? `when stage ${last} begins` : started
      return { from, read, trained_by: trained }
    })
    return [...[...new Set(files)].map((from) => ({ from, read: started, trained_by: [] })), ...models]
  }
}

/**
 * `S starts from T, read when stage distil begins: stage learn has trained it by then`, a line for each
 * source; of a copy `K starts from T as stage learn has trained it`.
 */
export function printStarts(name: string, starts: readonly StartReport[]): string[] {
  return starts.map(({ from, read, trained_by: stages }) => {
    const begins = `  ${name} starts from ${from}`
    const [first, ...more] = stages
    if (first === undefined) return `${begins}, read ${read ?? 'by no stage'}`
    const trained =
      more.length === 0
        ? `stage ${first} has trained it`
        : `stages ${first} to ${more.at(-1)} have trained it`
    return read === `when stage ${stages.at(-1)} ends`
      ? `${begins} as ${trained}`
      : `${begins}, read ${read ?? 'by no stage'}: ${trained} by then`
  })
}
