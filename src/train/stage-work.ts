/** The work of a step and of the stages that follow, by which the time that is left of a run is estimated. */
import type { Program, Stage } from '../check/program.ts'
import { type DataProvider, stepsOf } from './feed.ts'
import type { StageBegins } from './observer.ts'
import type { PlannedStages } from './train-options.ts'

export interface StageWork {
  readonly program: Program
  /** The stages of the run, in order. */
  readonly stages: readonly Stage[]
  readonly planned: PlannedStages
  readonly data: DataProvider
  readonly maxSteps?: number | undefined
}

/**
 * The work of stage `index` and of those after it. Values of frozen models are taken to be cached in later
 * stages. Examples of augmented data are taken to be as many as it asks for.
 * @param computesFrozen whether this stage computes values of frozen models at each step
 */
export function stageWork(
  { program, stages, planned, data, maxSteps }: StageWork,
  index: number,
  computesFrozen: boolean,
): StageBegins['work'] {
  const workOf = ({ name, batch }: Stage, frozen: boolean): number => {
    const work = planned.work.get(name)
    return work === undefined ? 0 : work.step + (frozen ? batch * work.frozenPerExample : 0)
  }
  const stage = stages[index]
  const step = stage ? workOf(stage, computesFrozen) : 0
  if (step === 0) return undefined
  const later = { steps: 0, work: 0, evaluations: 0 }
  for (const next of stages.slice(index + 1)) {
    const spec = program.data.get(next.data ?? '')
    if (spec === undefined) continue
    const examples =
      (data.dataset(spec.name).splits.get('train')?.length ?? 0) * (1 + (spec.augment?.copies ?? 0))
    const batches = examples / next.batch
    const stepsPerEpoch = Math.max(1, next.partial === 'drop' ? Math.floor(batches) : Math.ceil(batches))
    const steps = stepsOf(next, stepsPerEpoch, maxSteps)
    const cached =
      Math.min(examples, steps * next.batch) * (planned.work.get(next.name)?.frozenPerExample ?? 0)
    later.steps += steps
    later.work += steps * workOf(next, false) + cached
    if (next.evaluate.length > 0 || next.keep?.best !== undefined)
      later.evaluations += (Math.ceil(steps / (next.every ?? stepsPerEpoch)) * workOf(next, false)) / step
  }
  return { step, later }
}
