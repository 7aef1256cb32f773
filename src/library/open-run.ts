/** The folder of a run, with its spec as it was when the run began. */
import { dirname, relative, resolve } from 'node:path'
import type { Program } from '../check/program.ts'
import type { Reader } from '../check/spec-files.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { notInSpec, severalRuns } from '../diagnostics/messages/command-line.ts'
import { suggest } from '../diagnostics/suggest.ts'
import { filesOnDisk } from '../disk/spec-files.ts'
import { specOf } from '../train/resume.ts'
import { type RunConfig, RunFolder } from '../train/run-folder.ts'
import { SweepFolder } from '../train/sweep-folder.ts'
import { bestFirst, finishedRuns } from '../train/sweep-results.ts'
import { DistillError } from './distill-error.ts'
import { openSpec } from './open-spec.ts'

export interface OpenRun {
  readonly folder: RunFolder
  readonly config: RunConfig
  readonly program: Program
}

/**
 * The spec and the library are read as they were when the run began, not as they are now.
 * @throws DistillError with the errors of the spec; DiagnosticError E1105 where the run has no such
 * checkpoint, E1107 where the folder is no run
 */
export function openRun(path: string, checkpoint?: string): OpenRun {
  requireOneRun(path)
  const folder = new RunFolder(path)
  const config = folder.readConfig()
  if (checkpoint !== undefined) requireName('checkpoint', checkpoint, folder.checkpoints)
  return { folder, config, program: programOf(folder, config) }
}

/**
 * The program of a run's spec, with the texts of its files as they were then.
 * @param changed another text of the spec itself
 * @throws DistillError with the errors of the spec
 */
function programOf(folder: RunFolder, config: RunConfig, changed?: string): Program {
  const spec = specOf(config)
  const texts = folder.readTexts()
  const home = dirname(resolve(spec))
  const key = (file: string): string => (file.startsWith('std/') ? file : relative(home, resolve(file)))
  if (changed !== undefined) texts.set(key(spec), changed)
  const reader: Reader = (file) => texts.get(key(file)) ?? filesOnDisk.text(file)
  // These were imported when the run began.
  const allowOutside = (file: string): boolean => texts.has(key(file))
  return openSpec(spec, { settings: config.settings, reader, allowOutside, labels: config.labels }).program
}

/** Whether the spec of a run would have no errors with this text. */
export function acceptsText({ folder, config }: OpenRun, text: string): boolean {
  try {
    programOf(folder, config, text)
    return true
  } catch (error) {
    if (error instanceof DistillError || error instanceof DiagnosticError) return false
    throw error
  }
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
