/** The runs of a folder: one, or those of a sweep that have begun. */
import { join, relative, resolve } from 'node:path'
import { combinationsOf } from '../check/combinations.ts'
import { statOf } from '../files/regular-file.ts'
import { RunFolder } from '../train/run-folder.ts'
import { SweepFolder } from '../train/sweep-folder.ts'

export interface RunOfFolder {
  /** Its path below the folder; empty for a folder that is a run. */
  readonly name: string
  readonly path: string
  /** Milliseconds since 1970 at which its log was last written. */
  readonly changed: number
}

/** The one that was written last is first. @throws DiagnosticError E1107 where the folder is no run */
export function runsOf(folder: string): RunOfFolder[] {
  const sweep = new SweepFolder(folder)
  if (!sweep.exists) {
    new RunFolder(folder).readConfig()
    return [{ name: '', path: folder, changed: changedAt(folder) }]
  }
  const { swept, seeds } = sweep.read()
  return combinationsOf(swept)
    .flatMap((combination) => seeds.map((seed) => sweep.run(combination, seed)))
    .filter((run) => run.exists)
    .map(({ path }) => ({ name: relative(resolve(folder), resolve(path)), path, changed: changedAt(path) }))
    .sort((a, b) => b.changed - a.changed)
}

function changedAt(run: string): number {
  const times = ['metrics.jsonl', 'config.json'].map((file) => statOf(join(run, file))?.mtimeMs ?? 0)
  return Math.max(...times)
}
