/** Trains a spec: one run, or each run of a sweep, in a new folder or in one that goes on. */
import { existsSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { alone, textOfFirst } from '../cluster/cluster.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { sweepOnCluster } from '../diagnostics/messages/cluster.ts'
import { notARunFolder, runFolderTaken, wrongFlagValue } from '../diagnostics/messages/command-line.ts'
import { followerFolder } from '../train/follower-folder.ts'
import { InputFiles } from '../train/input-files.ts'
import { freshRunPath, latestRunOf, RunFolder } from '../train/run-folder.ts'
import { latestSweepOf, SweepFolder, sweptBy } from '../train/sweep-folder.ts'
import { withSources } from './distill-error.ts'
import { type OpenedSpec, openSpec } from './open-spec.ts'
import type { RunResult } from './run-result.ts'
import { namedAsGiven, type SpecSource, specName, withSpecFile, writeSpec } from './spec-source.ts'
import type { RunObserver } from './train-observer.ts'
import type { TrainOptions } from './train-options.ts'
import { trainRun } from './train-run.ts'
import { type SweepResult, trainSweep } from './train-sweep.ts'

export type TrainResult = RunResult | SweepResult

/**
 * @throws DiagnosticError for mistakes in the spec, its data and the options; those with a place are
 * DistillErrors
 */
export async function trainSpec(
  spec: string,
  options: TrainOptions,
  observer: RunObserver,
): Promise<TrainResult> {
  const resumed = options.resume || options.join ? sweepToResume(spec, options) : undefined
  const before = resumed?.read()
  const all: TrainOptions = before
    ? {
        settings: before.settings,
        sweep: before.asked,
        randomWeights: before.randomWeights,
        stages: before.stages,
        maxSteps: before.maxSteps,
        passes: before.passes,
        memory: before.memory,
        parts: before.parts,
        ...given(options),
      }
    : options
  // A run goes on with the settings that it was started with, which the spec's own sweep does not change.
  const single = options.resume === true && resumed === undefined
  const opened = single ? undefined : openSpec(spec, all.settings ? { settings: all.settings } : {})
  if (opened) observer.warnings?.(opened.warnings, opened.program.sources, spec)
  const program = opened?.program
  const asked = all.sweep ?? []
  const swept = sweptBy(program?.sweep ?? [], asked, all.settings ?? {})
  if (swept.length === 0 && all.seeds === undefined && !before) {
    if (options.join) throw nothingToJoin(spec)
    return trainOne(spec, all, observer, opened)
  }
  const first = all.seed ?? before?.seeds[0] ?? 0
  const seeds =
    all.seeds === undefined && all.seed === undefined && before
      ? before.seeds
      : Array.from({ length: all.seeds ?? 1 }, (_, k) => first + k)
  if ((all.cluster?.size ?? 1) > 1) throw new DiagnosticError(sweepOnCluster({ spec }))
  // Without a folder each process would begin a sweep of its own.
  if (options.join && !resumed && options.out === undefined) throw nothingToJoin(spec)
  const folder = resumed ?? sweepFolderOf(spec, all)
  return trainSweep({ spec, folder, swept, asked, seeds, options: all, observer })
}

/**
 * A spec in memory is written into the folder of its run, as `spec/`, so that the run can be read and
 * continued from there. @throws as `trainSpec`
 */
export async function trainSource(
  spec: SpecSource,
  options: TrainOptions,
  observer: RunObserver,
): Promise<TrainResult> {
  const onDisk = (path: string, out: string | undefined): Promise<TrainResult> =>
    withSources(new Map(), () => trainSpec(path, { ...options, out }, observer))
  if (typeof spec === 'string') return onDisk(spec, options.out)
  if (options.dryRun) return withSpecFile(spec, (path) => onDisk(path, undefined))
  const out = options.out ?? freshRunPath(specName, new Date())
  const folder = join(out, 'spec')
  return namedAsGiven(folder, async () => {
    await withSources(new Map(), () => {
      if (!options.resume) requireFree(specName, out)
    })
    try {
      return await onDisk(writeSpec(spec, folder), out)
    } finally {
      if (!new RunFolder(out).exists && !new SweepFolder(out).exists) discard(folder, out)
    }
  })
}

function discard(spec: string, out: string): void {
  rmSync(spec, { recursive: true, force: true })
  if (existsSync(out) && readdirSync(out).length === 0) rmdirSync(out)
}

/** Without what is undefined, which would hide what a sweep was started with. */
function given(options: TrainOptions): TrainOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

function nothingToJoin(spec: string): DiagnosticError {
  const expected = 'the folder of a sweep: add --out FOLDER, and --sweep NAME=A,B or --seeds 3'
  return new DiagnosticError(wrongFlagValue({ flag: '--join', value: spec, expected }))
}

/** The sweep that a resumed training goes on with; undefined where it is a single run. */
function sweepToResume(spec: string, { out }: TrainOptions): SweepFolder | undefined {
  if (out !== undefined) {
    const folder = new SweepFolder(out)
    return folder.exists ? folder : undefined
  }
  const sweep = latestSweepOf(spec)
  const run = latestRunOf(spec)
  return sweep && (!run || sweep.created >= run.readConfig().created) ? sweep.folder : undefined
}

/** Throws E1106 where the folder holds a single run. */
function sweepFolderOf(spec: string, { out, dryRun }: TrainOptions): SweepFolder {
  if (dryRun) return new SweepFolder(mkdtempSync(join(tmpdir(), 'distill-dry-run-')))
  const path = out ?? freshRunPath(spec, new Date())
  if (new RunFolder(path).exists) throw taken(spec, path)
  return new SweepFolder(path)
}

function trainOne(
  spec: string,
  { signal, cluster = alone, ...options }: TrainOptions,
  observer: RunObserver,
  opened?: OpenedSpec,
): Promise<RunResult> {
  const first = cluster.rank === 0 ? folderOf(spec, options) : undefined
  const run = textOfFirst(cluster, () => first?.path ?? '', 'the folder of the run')
  const folder = first ?? followerFolder(options.resume ? run : undefined)
  const before = options.resume ? folder.readConfig() : undefined
  const inputs = new InputFiles()
  const { program, time } = opened ?? {}
  return trainRun({ spec, program, time, folder, run, before, options, inputs, observer, signal, cluster })
}

function folderOf(spec: string, { out, resume, dryRun }: TrainOptions): RunFolder {
  if (dryRun) return new RunFolder(mkdtempSync(join(tmpdir(), 'distill-dry-run-')))
  if (resume) {
    const folder = out === undefined ? latestRunOf(spec) : new RunFolder(out)
    if (folder) return folder
    const help = `start one: distill train ${spec}; or name its folder with --out`
    throw new DiagnosticError(notARunFolder({ path: 'runs', problem: `holds no run of ${spec}`, help }))
  }
  const path = out ?? freshRunPath(spec, new Date())
  requireFree(spec, path)
  return new RunFolder(path)
}

/** Throws E1106 where a folder holds a run or a sweep. */
function requireFree(spec: string, path: string): void {
  if (new RunFolder(path).exists || new SweepFolder(path).exists) throw taken(spec, path)
}

function taken(spec: string, path: string): DiagnosticError {
  return new DiagnosticError(
    runFolderTaken({ path, command: `distill train ${spec} --resume --out ${path}` }),
  )
}
