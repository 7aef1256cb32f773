/** What the parts of a run share. */
import type { ModelInstance, Stage } from '../check/program.ts'
import type { Augmentation } from './augmentation/augmentation.ts'
import type { AgreementMeter } from './kept/agreement.ts'
import type { Score } from './observer.ts'
import type { RunModels } from './run-models.ts'
import type { RunState } from './run-state.ts'
import { type ScoringOptions, scoreLine } from './scoring.ts'
import type { TrainOptions } from './train-options.ts'

export interface RunParts {
  readonly options: TrainOptions
  readonly models: RunModels
  readonly state: RunState
  readonly augmentation: Augmentation
  /** Absent where states are not compared. */
  readonly meter: AgreementMeter | undefined
  /** The score of an instance; undefined if none of its heads has data. */
  score(instance: ModelInstance, options?: ScoringOptions): Score | undefined
}

/** The stages that have not ended, in order. */
export function stagesLeft({ models, state }: RunParts): readonly Stage[] {
  const finished = new Set(state.progress.finished.map(({ name }) => name))
  return models.plan.stages.filter(({ name }) => !finished.has(name))
}

/**
 * Scores teachers on the data that their heads fit.
 * @param stage at whose beginning; absent for the beginning of the run
 */
export function scoreTeachers(run: RunParts, teachers: readonly ModelInstance[], stage?: Stage): void {
  const { observer, folder } = run.options
  for (const instance of teachers) {
    const score = run.score(instance, { recurs: true })
    if (!score) continue
    observer.teacher?.(score)
    const at = stage === undefined ? {} : { stage: stage.name, step: 0 }
    folder.log({ event: 'teacher', ...at, ...scoreLine(score) })
  }
}
