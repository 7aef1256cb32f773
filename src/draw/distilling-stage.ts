/** The stage that is drawn where none is asked for. */
import type { Program } from '../check/program.ts'
import { trainedOwners } from '../check/trained.ts'

/** The first stage whose losses read a model that it does not train. */
export function distillingStage({ stages }: Program): string | undefined {
  return stages.find((stage) => {
    const trained = trainedOwners(stage)
    return (
      stage.instances.some((name) => trained.has(name)) && stage.instances.some((name) => !trained.has(name))
    )
  })?.name
}
