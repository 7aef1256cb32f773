/** The stage of a spec that is drawn where none is named: the first that trains a model by another. */
import type { Program, Stage } from '../check/program.ts'
import { trainedOwners } from '../check/trained.ts'

/** The first stage whose losses read a model that it does not train. */
export function distillingStage({ stages }: Program): Stage | undefined {
  return stages.find((stage) => {
    const trained = trainedOwners(stage)
    return (
      stage.instances.some((name) => trained.has(name)) && stage.instances.some((name) => !trained.has(name))
    )
  })
}
