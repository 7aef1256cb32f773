/** What the commands that read a run, or run something, say on the way. */
import { Option } from 'commander'
import { describeRunner } from '../backends/auto.ts'
import type { BackendName } from '../backends/index.ts'
import * as library from '../library/backends.ts'
import { DistillError } from '../library/distill-error.ts'
import { type OpenRun, openRun as open } from '../library/open-run.ts'
import type { Runner } from '../run/runner.ts'
import { exitCodeOf, printDiagnostics } from './outcome.ts'
import { say } from './output.ts'

export function printNote(text: string): void {
  say(`note: ${text}\n`)
}

/** @param suits what `auto` may take */
export function openRunners(value: string, suits?: (name: BackendName) => boolean): Promise<library.Runners> {
  return library.openRunners(value, { note: printNote, ...(suits ? { suits } : {}) })
}

/** Prints the backend of something: `run/demo: S.task   native (oneDNN 3.6, 2 threads)`. */
export function sayBackend(what: string, runner: Runner): void {
  say(`${what}   ${describeRunner(runner)}\n`)
}

/** Undefined after errors of the run's spec were printed. */
export function openRun(
  path: string,
  { json = false, checkpoint }: { readonly json?: boolean; readonly checkpoint?: string | undefined },
): OpenRun | undefined {
  try {
    return open(path, checkpoint)
  } catch (error) {
    if (!(error instanceof DistillError)) throw error
    printFailure(error, json)
    return undefined
  }
}

/** Prints the errors of a spec, and sets the exit code. */
export function printFailure({ diagnostics, sources, spec }: DistillError, json = false): void {
  printDiagnostics(diagnostics, sources, { json, ...(spec === undefined ? {} : { file: spec }) })
  process.exitCode = exitCodeOf(diagnostics)
}

/** `--checkpoint`, of the commands that read a run's weights. */
export function checkpointOption(): Option {
  return new Option(
    '--checkpoint <name>',
    'use the weights of a checkpoint of the run, such as learn-step-400 or last (default: the weights that each model kept)',
  )
}
