/** The reports in the folder of a sweep, by combination. */
import { type Combination, combinationsOf } from '../check/combinations.ts'
import { isBetter } from './metrics/index.ts'
import { type RunReport, readReport } from './report-file.ts'
import type { SweepFolder, SweptRun } from './sweep-folder.ts'

export interface FinishedRun extends SweptRun {
  readonly report: RunReport
}

/** Finished runs, combination by combination. */
export function finishedRuns(sweep: SweepFolder): FinishedRun[] {
  const { swept, seeds } = sweep.read()
  return combinationsOf(swept).flatMap((combination: Combination) =>
    seeds.flatMap((seed) => {
      const folder = sweep.run(combination, seed)
      const report = readReport(folder)
      return report ? [{ combination, seed, folder, report }] : []
    }),
  )
}

/** Sorted by the first metric of the last trained model. Runs without it come last. */
export function bestFirst(runs: readonly FinishedRun[]): FinishedRun[] {
  const firstValue = ({ report: { models, trained } }: FinishedRun) =>
    [...(models.find(({ name }) => name === trained.at(-1))?.score?.values ?? [])][0]
  return [...runs].sort((a, b) => {
    const [left, right] = [firstValue(a), firstValue(b)]
    if (!left || !right) return Number(left === undefined) - Number(right === undefined)
    if (left[1] === right[1]) return 0
    return isBetter(left[0], left[1], right[1]) ? -1 : 1
  })
}
