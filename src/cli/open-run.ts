/**
 * Common parts of train, eval and predict: a runner by name, a run folder with its spec, and a trainer for
 * both.
 */
import { dirname, relative, resolve } from 'node:path'
import { Option } from 'commander'
import { chooseRunner, describeRunner, passedOverLine } from '../backends/auto.ts'
import { type BackendName, createRunner } from '../backends/index.ts'
import { missingPart, reasonOf } from '../backends/reason.ts'
import { type Reader, readFromDisk } from '../check/files.ts'
import type { Program } from '../check/program.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { notInSpec, severalRuns, wrongFlagValue } from '../diagnostics/messages/command-line.ts'
import { suggest } from '../diagnostics/suggest.ts'
import type { Runner } from '../run/runner.ts'
import { specOf } from '../train/resume.ts'
import { type RunConfig, RunFolder } from '../train/run-folder.ts'
import { SweepFolder } from '../train/sweep-folder.ts'
import { bestFirst, finishedRuns } from '../train/sweep-results.ts'
import { requireBackend } from './backend-option.ts'
import { loadSpec } from './load-spec.ts'
import { reportFailure } from './outcome.ts'

export interface Runners {
  readonly runner: Runner
  /** Counts denominators exactly. */
  readonly counter: Runner
}

/**
 * `suits`: the backends from which `auto` may choose. Throws E1101 for an unknown backend or one that does
 * not start here, and E1120 if a library of the machine is missing.
 */
export async function openRunners(value: string, suits?: (name: BackendName) => boolean): Promise<Runners> {
  const name = requireBackend(value)
  try {
    const runner = name === 'auto' ? await openFastest(suits) : await createRunner(name)
    return { runner, counter: await createRunner('reference') }
  } catch (error) {
    if (missingPart(error) !== undefined) throw error
    const reason = reasonOf(error)
    const expected = `a backend that starts here (${reason}); distill doctor lists them`
    throw new DiagnosticError(wrongFlagValue({ flag: '--backend', value: name, expected }))
  }
}

/** Prints which faster backends do not start here. */
async function openFastest(suits?: (name: BackendName) => boolean): Promise<Runner> {
  const chosen = await chooseRunner(suits)
  const line = passedOverLine(chosen)
  if (line !== undefined) process.stderr.write(`note: ${line}\n`)
  return chosen.runner
}

/** Prints the backend of something: `run/demo: S.task   native (oneDNN 3.6, 2 threads)`. */
export function sayBackend(what: string, runner: Runner): void {
  process.stderr.write(`${what}   ${describeRunner(runner)}\n`)
}

/** Runs a command. Errors that it throws are printed with the texts of the program. */
export async function withSources(program: Program, run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch (error) {
    process.exitCode = reportFailure(error, program.sources)
  }
}

export interface OpenRun {
  readonly folder: RunFolder
  readonly config: RunConfig
  readonly program: Program
}

/**
 * The run in a folder, with the spec and library as they were when the run began, not as they are now.
 * Undefined after the spec's errors were printed. Throws E1105 if it has no such checkpoint.
 */
export function openRun(
  path: string,
  { json = false, checkpoint }: { readonly json?: boolean; readonly checkpoint?: string | undefined },
): OpenRun | undefined {
  requireOneRun(path)
  const folder = new RunFolder(path)
  const config = folder.readConfig()
  if (checkpoint !== undefined) requireName('checkpoint', checkpoint, folder.checkpoints)
  const spec = specOf(config)
  const texts = folder.readTexts()
  const home = dirname(resolve(spec))
  const key = (file: string): string => (file.startsWith('std/') ? file : relative(home, resolve(file)))
  const reader: Reader = (file) => texts.get(key(file)) ?? readFromDisk(file)
  const program = loadSpec(spec, { set: config.settings, json, reader })
  return program && { folder, config, program }
}

/** Throws E1114 for a folder with several settings of a spec. Several seeds of one setting are allowed. */
export function requireOneSpec(path: string): void {
  const sweep = new SweepFolder(path)
  if (sweep.exists && sweep.read().swept.length > 0) requireOneRun(path)
}

/** Throws E1114 where a folder holds the runs of a sweep. */
function requireOneRun(path: string): void {
  const sweep = new SweepFolder(path)
  if (!sweep.exists) return
  const runs = bestFirst(finishedRuns(sweep)).map(({ folder }) => folder.path)
  const command = `distill train ${sweep.read().spec} --resume --out ${path}`
  throw new DiagnosticError(severalRuns({ path, runs, command }))
}

/** Throws E1105 if `name` is not among `known`, with the nearest known name. */
export function requireName(kind: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return
  const suggestion = suggest(name, known)
  throw new DiagnosticError(
    notInSpec({ kind, name, known, ...(suggestion === undefined ? {} : { suggestion }) }),
  )
}

/** Throws E1105 where one of `wanted` is neither a stage of the spec nor a family of stages. */
export function requireStages(program: Program, wanted: readonly string[] = []): void {
  const names = program.stages.flatMap(({ name, family }) => (family ? [name, family.name] : [name]))
  for (const stage of wanted) requireName('stage', stage, [...new Set(names)])
}

/** `--checkpoint`, of the commands that read a run's weights. */
export function checkpointOption(): Option {
  return new Option(
    '--checkpoint <name>',
    'use the weights of a checkpoint of the run, such as learn-step-400 or last (default: the weights that each model kept)',
  )
}
