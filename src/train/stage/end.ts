/** The end of a stage: its best weights are taken, its models written, and copies of them made. */
import { loadCheckpoint } from '../checkpoint.ts'
import { writeModel } from '../model-file.ts'
import type { RunParts } from '../run-parts.ts'
import { publishStage } from '../shared-stages.ts'
import type { StageRun } from './stage-run.ts'

export function endStage({ options, models, state }: RunParts, begun: StageRun): void {
  const { observer, folder, shared } = options
  const { stage, index, start, reused, frozen, log, held, total } = begun
  const { plan } = models
  frozen?.discard()
  if (reused?.from !== undefined) state.save(stage)
  const { optimizer, progress } = state
  const { best, step, finished, spent, key } = progress
  if (reused?.from === undefined && shared && key !== undefined)
    publishStage(shared, key, { ...start, optimizer, progress, folder })
  const terms = log.lastTerms
  const early = begun.isExhausted(progress) && step < total
  const { seconds } = state
  folder.log({ event: 'stage', stage: stage.name, step, seconds, spent, early, ...held.event })
  if (best) loadCheckpoint(folder.bestOf(stage.name), state.store, folder)
  models.copyAfter(index)
  for (const instance of start.trained) writeModel(folder, instance, state.store)
  const kept = best ? { best } : {}
  observer.stageEnds?.({
    stage: stage.name,
    number: index + 1,
    count: plan.stages.length,
    steps: step,
    seconds,
    terms,
    early,
    ...kept,
  })
  const done = { name: stage.name, steps: step, seconds, terms, ...kept }
  state.progress = { finished: [...finished, done], step: 0, seconds: 0, worse: 0 }
  state.log = undefined
  // The last stage keeps its last checkpoint. To resume from it ends the stage once more in the same way.
  if (plan.stages[index + 1]) state.save()
}
