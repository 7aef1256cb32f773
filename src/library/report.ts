/** The data of a report: from the folders of runs, or that of a sweep. */
import { basename, resolve } from 'node:path'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { notARunFolder } from '../diagnostics/messages/command-line.ts'
import { gatherComparison, scoredRuns } from '../report/gather/comparison.ts'
import { comparedIn, type GatherOptions, gatherRun } from '../report/gather/run.ts'
import { type GatheredSweep, gatherSweep } from '../report/gather/sweep.ts'
import { type ComparisonData, type ReportData, type RunData, reportSchema } from '../report/schema.ts'
import { shortNames } from '../train/compare.ts'
import { SweepFolder } from '../train/sweep-folder.ts'
import { acceptsText, openRun } from './open-run.ts'

/**
 * Gathers everything that a report shows. A sweep is shown by its best run, and all of its runs beside.
 * @param paths at least one
 * @throws DiagnosticError E1107 for a folder without a run, or a damaged one; DistillError if a spec has
 * errors
 */
export function reportOf(paths: readonly string[], options: Pick<GatherOptions, 'texts'>): ReportData {
  const sweeps = paths.flatMap((path) => {
    const folder = new SweepFolder(path)
    return folder.exists ? [gatherSweep(folder, (run) => comparedIn(openRun(run)))] : []
  })
  const folders = paths.flatMap((path) => {
    const sweep = sweeps.find((one) => one.path === path)
    if (sweep?.shown.length === 0) {
      const help = `train its runs: distill train ${new SweepFolder(path).read().spec} --resume --out ${path}`
      throw new DiagnosticError(
        notARunFolder({ path, problem: 'is a sweep, and none of its runs has begun', help }),
      )
    }
    return sweep?.shown ?? [path]
  })
  const runs = folders.map((path) => {
    const opened = openRun(path)
    return gatherRun(opened, { ...options, accepts: (text) => acceptsText(opened, text) })
  })
  const [sweep] = sweeps
  const comparison = comparisonOf(runs, folders, paths.length === 1 ? sweep : undefined)
  return reportSchema.parse({
    version: 1,
    title: titleOf(paths, runs, comparison),
    runs,
    ...(sweep ? { sweep: sweep.data } : {}),
    ...(comparison ? { comparison } : {}),
  })
}

/** By the metric of the first run. @param sweep the only thing that is reported */
function comparisonOf(
  runs: readonly RunData[],
  folders: readonly string[],
  sweep: GatheredSweep | undefined,
): ComparisonData | undefined {
  const metric = runs[0]?.metric
  if (!metric) return undefined
  return gatherComparison(sweep?.scored ?? scoredRuns(runs, shortNames(folders), metric), metric)
}

/** `demo, seed 0: S keeps 97.4% of its teacher's accuracy`; of several runs which is best. */
function titleOf(
  paths: readonly string[],
  runs: readonly RunData[],
  comparison: ComparisonData | undefined,
): string {
  const names = paths.map((path) => basename(resolve(path))).join(', ')
  const [run, ...others] = runs
  const said = /\*\*(.+?)\*\*/.exec((comparison ?? run?.verdict)?.headline ?? '')?.[1]
  if (run === undefined || said === undefined) return names
  if (comparison) return `${names}: ${said}`
  return others.length > 0 ? names : `${names}, seed ${run.seed}: ${said}`
}
