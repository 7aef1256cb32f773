/** The runs of a sweep side by side: what each setting changes, and how much seeds do. */

import { combinationsOf } from '../../check/combinations.ts'
import { isBetter } from '../../train/metrics/index.ts'
import { type RunReport, readReport } from '../../train/report-file.ts'
import type { SweepFolder, SweptRun } from '../../train/sweep-folder.ts'
import type { SweepData } from '../schema.ts'
import { deviation, mean } from '../statistics.ts'
import type { ScoredRun } from './comparison.ts'
import type { Compared } from './run.ts'
import { finite } from './values.ts'

export interface GatheredSweep {
  readonly path: string
  readonly data: SweepData
  /** The folder that is shown in full: the best run, else the first that has begun. */
  readonly shown: readonly string[]
  readonly scored: readonly ScoredRun[]
}

interface Run extends SweptRun {
  readonly report: RunReport | undefined
}

/** @param comparedIn the main model of a run, and its metric, by the folder of the run */
export function gatherSweep(
  sweep: SweepFolder,
  comparedIn: (path: string) => Compared | undefined,
): GatheredSweep {
  const { swept, seeds } = sweep.read()
  const combinations = combinationsOf(swept)
  const runs = combinations.flatMap((combination) =>
    seeds.map((seed): Run => {
      const folder = sweep.run(combination, seed)
      return { combination, seed, folder, report: folder.exists ? readReport(folder) : undefined }
    }),
  )
  const first = runs.find(({ report }) => report) ?? runs.find(({ folder }) => folder.exists)
  const { model = '', metric, alone } = (first && comparedIn(first.folder.path)) ?? {}
  const scoreOf = ({ report }: Run): number | null => {
    const score = report?.models.find(({ name }) => name === model)?.score
    return finite(metric === undefined ? undefined : score?.values.get(metric))
  }
  const best = runs.reduce<Run | undefined>((top, run) => {
    const [value, before] = [scoreOf(run), top ? scoreOf(top) : null]
    if (value === null || metric === undefined) return top
    return before === null || isBetter(metric, value, before) ? run : top
  }, undefined)
  const shown = best ?? runs.find(({ folder }) => folder.exists)
  const nameOf = ({ combination, seed }: Run): string =>
    [...Object.entries(combination).map(([name, value]) => `${name}=${value}`), `seed ${seed}`].join(', ')
  return {
    path: sweep.path,
    shown: shown ? [shown.folder.path] : [],
    scored: runs.map((run) => {
      const score = run.report?.models.find(({ name }) => name === model)?.score
      const other = run.report?.models.find(({ name }) => name === alone)?.score
      const settings = Object.entries(run.combination).map(([name, value]) => `${name} = ${value}`)
      return {
        path: run.folder.path,
        group: JSON.stringify(run.combination),
        name: settings.join(', ') || 'all seeds',
        seed: run.seed,
        model,
        parameters: run.report?.models.find(({ name }) => name === model)?.parameters ?? 0,
        value: scoreOf(run),
        alone: finite(metric === undefined ? undefined : other?.values.get(metric)),
        on: score,
      }
    }),
    data: {
      settings: swept.map(({ name, values }) => ({ name, values: [...values] })),
      seeds: [...seeds],
      metric: metric ?? '',
      model,
      runs: runs.map((run) => ({
        name: nameOf(run),
        settings: { ...run.combination },
        seed: run.seed,
        parameters: run.report?.models.find(({ name }) => name === model)?.parameters ?? 0,
        value: scoreOf(run),
        finished: run.report !== undefined,
      })),
      effects: swept.map(({ name, values }) => {
        const means = values.map((value) => ({
          value,
          mean: finite(
            mean(known(runs.filter(({ combination }) => combination[name] === value).map(scoreOf))),
          ),
        }))
        const all = known(means.map((one) => one.mean))
        return { name, means, difference: all.length > 1 ? Math.max(...all) - Math.min(...all) : null }
      }),
      spread: combinations.map((combination) => {
        const values = known(runs.filter((run) => run.combination === combination).map(scoreOf))
        return {
          settings: { ...combination },
          mean: finite(mean(values)),
          deviation: values.length > 1 ? finite(deviation(values)) : null,
          count: values.length,
        }
      }),
      ...(best ? { best: nameOf(best) } : {}),
    },
  }
}

function known(values: readonly (number | null)[]): number[] {
  return values.flatMap((value) => value ?? [])
}
