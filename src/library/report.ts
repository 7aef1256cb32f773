/** The data of a report: from the folders of runs, or that of a sweep. */
import { basename, resolve } from 'node:path'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { notARunFolder } from '../diagnostics/messages/command-line.ts'
import { comparedIn, type GatherOptions, gatherRun } from '../report/gather/run.ts'
import { gatherSweep } from '../report/gather/sweep.ts'
import { type ReportData, type RunData, reportSchema } from '../report/schema.ts'
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
  return reportSchema.parse({
    version: 1,
    title: titleOf(paths, runs),
    runs,
    ...(sweep ? { sweep: sweep.data } : {}),
  })
}

/** `demo, seed 0: S keeps 97.4% of its teacher's accuracy`; of several runs their names. */
function titleOf(paths: readonly string[], runs: readonly RunData[]): string {
  const names = paths.map((path) => basename(resolve(path))).join(', ')
  const [run, ...others] = runs
  const said = /\*\*(.+?)\*\*/.exec(run?.verdict.headline ?? '')?.[1]
  return run === undefined || others.length > 0 || said === undefined
    ? names
    : `${names}, seed ${run.seed}: ${said}`
}
