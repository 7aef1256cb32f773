/** An evaluation of a stage: the scores of its models, and the best weights so far. */
import type { ModelInstance, Stage } from '../../check/program.ts'
import { saveCheckpoint } from '../checkpoint.ts'
import { isBetter } from '../metrics/index.ts'
import { writeModel } from '../model-file.ts'
import type { Score } from '../observer.ts'
import type { RunParts } from '../run-parts.ts'
import { scoreLine, stageScores } from '../scoring.ts'

/** Scores the models that a stage trains. The first that has the metric of `keep` decides what is best. */
export function evaluateStage(run: RunParts, stage: Stage): void {
  const { observer, folder } = run.options
  const { step } = run.state.progress
  const keep = stage.keep?.best
  let decided = false
  for (const { instance, score, on } of stageScores(stage, run.models.plan.trainedBy(stage), run)) {
    const value = keep !== undefined && keep.on === on ? score.values.get(keep.metric) : undefined
    let best = false
    if (keep !== undefined && value !== undefined && !decided) {
      decided = true
      best = isBetter(keep.metric, value, run.state.progress.best?.value)
      if (best) keepBest(run, stage, instance, { ...score, metric: keep.metric, value })
      else run.state.progress = { ...run.state.progress, worse: run.state.progress.worse + 1 }
    }
    observer.scored?.({ stage: stage.name, step, score, isBest: best })
    folder.log({
      event: 'evaluation',
      stage: stage.name,
      step,
      ...scoreLine(score),
      ...(best ? { best } : {}),
    })
  }
}

function keepBest(
  { options: { folder }, state }: RunParts,
  stage: Stage,
  instance: ModelInstance,
  { model, metric, value }: Pick<Score, 'model'> & { readonly metric: string; readonly value: number },
): void {
  const { step } = state.progress
  state.progress = { ...state.progress, worse: 0, best: { metric, value, model, step } }
  saveCheckpoint(folder.bestOf(stage.name), state.store, stage.trained, new Map(), state.progress, folder)
  writeModel(folder, instance, state.store)
}
