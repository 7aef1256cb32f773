/**
 * The runs of a sweep: every combination of the swept values with every seed, one after another. What runs
 * have in common is computed once. Finished
 * runs that would have the same result are kept, and interrupted ones are resumed. So the same request,
 * repeated, does what is left.
 */
import { existsSync, rmSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { type Combination, combinationsOf, wrongCombination } from '../check/combinations.ts'
import type { LabelReader } from '../check/files.ts'
import type { SweptSetting } from '../check/program.ts'
import { labelReader } from '../data/read-labels.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { sweepChanged } from '../diagnostics/messages/runs.ts'
import { checkFile } from '../disk/check-file.ts'
import { nodeDisk } from '../disk/node-disk.ts'
import { filesOnDisk } from '../disk/spec-files.ts'
import { writeExperiment } from '../tensorboard/run-events.ts'
import { isInUse } from '../train/folder-lock.ts'
import { InputFiles } from '../train/input-files.ts'
import { type RunReport, readReport } from '../train/report-file.ts'
import { requireSameInputs, requireSameSpec } from '../train/resume.ts'
import { SharedData } from '../train/shared-data.ts'
import { SharedFigures } from '../train/shared-figures.ts'
import { SharedResults, tidyShared } from '../train/shared-results.ts'
import type { SweepConfig, SweepFolder, SweptRun } from '../train/sweep-folder.ts'
import type { CombinationRuns } from '../train/sweep-table.ts'
import { DistillError } from './distill-error.ts'
import { lockObserved } from './lock-observed.ts'
import type { RunResult } from './run-result.ts'
import { exportLog } from './tensorboard.ts'
import type { RunObserver } from './train-observer.ts'
import type { TrainOptions } from './train-options.ts'
import { askedOf, trainRun } from './train-run.ts'

export interface SweepRequest {
  readonly spec: string
  readonly folder: SweepFolder
  readonly swept: readonly SweptSetting[]
  /** The part of `swept` that the caller asked for. */
  readonly asked: readonly SweptSetting[]
  readonly seeds: readonly number[]
  readonly options: TrainOptions
  readonly observer: RunObserver
}

export type SweepResult =
  | {
      readonly kind: 'swept'
      readonly folder: string
      readonly settings: readonly string[]
      readonly seeds: readonly number[]
      readonly combinations: readonly CombinationRuns[]
      readonly runs: readonly {
        readonly settings: Combination
        readonly seed: number
        readonly path: string
      }[]
      /** Runs that were trained now; the others were finished before. */
      readonly trained: number
    }
  /** The signal was aborted while other processes trained the runs that are left. */
  | { readonly kind: 'left'; readonly out: string }
  | Exclude<RunResult, { kind: 'finished' }>

class TakenRun extends Error {}

/** Milliseconds between two looks at runs of other processes. */
const pause = 2000

function isFolderInUse(error: unknown): boolean {
  return error instanceof DiagnosticError && error.diagnostics.some(({ code }) => code === 'E1115')
}

/** @throws DistillError with the errors of the first combination that has some */
export async function trainSweep(request: SweepRequest): Promise<SweepResult> {
  const { spec, folder, swept, options } = request
  const readLabels = labelReader()
  const wrong = wrongCombination(spec, swept, {
    files: filesOnDisk,
    settings: options.settings ?? {},
    readLabels,
  })
  try {
    if (wrong) throw new DistillError(wrong.diagnostics, wrong.sources, spec)
    const made = !existsSync(folder.path)
    // Told before: a signal may come as soon as there is a lock.
    request.observer.holds?.({
      folder: folder.path,
      made,
      temporary: options.dryRun === true,
      shared: options.join === true && !options.dryRun,
    })
    // Processes that join lock each run that they take.
    const lock = options.join ? undefined : lockObserved(folder.path, nodeDisk, request.observer)
    try {
      return await trainAll(request, readLabels)
    } finally {
      lock?.release()
    }
  } finally {
    if (options.dryRun) rmSync(folder.path, { recursive: true, force: true })
  }
}

async function trainAll(request: SweepRequest, readLabels: LabelReader): Promise<SweepResult> {
  const { spec, folder, swept, seeds, observer } = request
  const { signal, ...options } = request.options
  const combinations = combinationsOf(swept)
  const runs = combinations.flatMap((combination) =>
    seeds.map((seed): SweptRun => ({ combination, seed, folder: folder.run(combination, seed) })),
  )
  const inputs = new InputFiles()
  const data = new SharedData(inputs)
  const figures = new SharedFigures()
  if (!options.dryRun) {
    settleStale(request, runs, { inputs, readLabels }, `distill train ${spec} --resume --out ${folder.path}`)
    if (!options.join || !folder.exists) folder.write(configOf(request))
  }
  const reports = new Map<SweptRun, RunReport>()
  const stopped = new Map<SweptRun, string>()
  const rows = (): CombinationRuns[] =>
    combinations.map((combination) => {
      const own = runs.filter((run) => run.combination === combination)
      return {
        combination,
        reports: own.flatMap((run) => reports.get(run) ?? []),
        stopped: own.flatMap((run) => {
          const why = stopped.get(run)
          return why === undefined ? [] : [{ seed: run.seed, why }]
        }),
      }
    })
  let trained = 0
  let stages = 0
  /** Runs of other processes, which were told once. */
  const elsewhere = new Set<SweptRun>()
  for (const left = [...runs]; left[0] !== undefined; ) {
    const [run] = left
    const { combination, seed } = run
    const place = { number: runs.indexOf(run) + 1, count: runs.length, settings: combination, seed, seeds }
    const before = options.dryRun ? undefined : readReport(run.folder)
    if (before) {
      observer.sweptRun?.({ ...place, finished: true })
      reports.set(run, before)
      left.shift()
      if (options.tensorboard !== undefined) exportLog(run.folder, options.tensorboard, folder)
      continue
    }
    if (options.join && isInUse(run.folder.path)) {
      if (!elsewhere.has(run)) observer.note?.(`${run.folder.path} is trained by another process`)
      elsewhere.add(run)
      left.push(...left.splice(0, 1))
      if (left.every((one) => elsewhere.has(one)))
        await setTimeout(pause, undefined, { signal }).catch(() => {})
      if (signal?.aborted) return { kind: 'left', out: folder.path }
      continue
    }
    observer.sweptRun?.({ ...place, finished: false })
    const settings = { ...options.settings, ...combination }
    data.nextRun()
    const results = options.dryRun ? undefined : new SharedResults(folder.shared, run.folder.path)
    const { program, time } = checkFile(spec, { settings, readLabels })
    const exists = run.folder.exists
    const result = await trainRun({
      spec,
      program,
      time,
      folder: run.folder,
      before: exists ? run.folder.readConfig() : undefined,
      // Another process may have begun it, or even finished it, since it was looked at.
      locked: () => {
        if (options.join && (run.folder.exists !== exists || readReport(run.folder))) throw new TakenRun()
      },
      options: { ...options, settings, seed },
      inputs,
      sweep: folder,
      shared: { data, figures, ...(results ? { results } : {}) },
      observer,
      signal,
    }).catch((error: unknown) => {
      // Another process was faster.
      if (error instanceof TakenRun || (options.join && isFolderInUse(error))) return undefined
      throw error
    })
    if (result === undefined) continue
    left.shift()
    if (options.tensorboard !== undefined && !options.dryRun) writeExperiment(options.tensorboard, folder)
    if (result.kind === 'interrupted') return { ...result, out: folder.path }
    if (result.kind === 'stopped' && options.dryRun) return result
    trained++
    if (result.kind === 'tried') stages += result.stages
    else if (result.kind === 'finished') reports.set(run, result.report)
    else if (result.kind === 'stopped') {
      observer.runStopped?.(result.diagnostic, result.sources)
      stopped.set(run, result.diagnostic.message)
    }
    if (!options.dryRun && left.length > 0) observer.runsSoFar?.(rows())
  }
  if (options.dryRun) return { kind: 'tried', stages }
  tidyShared(folder.shared)
  return {
    kind: 'swept',
    folder: folder.path,
    settings: swept.map(({ name }) => name),
    seeds,
    combinations: rows(),
    runs: runs.map(({ combination, seed, folder: { path } }) => ({ settings: combination, seed, path })),
    trained,
  }
}

/**
 * Throws E1014 for runs whose spec, data or weights have changed since. With `rerun` they are deleted
 * instead.
 */
function settleStale(
  { spec, options, folder, observer }: SweepRequest,
  runs: readonly SweptRun[],
  { inputs, readLabels }: { readonly inputs: InputFiles; readonly readLabels: LabelReader },
  command: string,
): void {
  const stale = runs.flatMap((run) => {
    if (!run.folder.exists) return []
    const set = { ...options.settings, ...run.combination }
    const { program } = checkFile(spec, { settings: set, readLabels })
    if (!program) return []
    const config = run.folder.readConfig()
    try {
      requireSameSpec(run.folder, config, program, askedOf({ ...options, settings: set, seed: run.seed }))
      requireSameInputs(run.folder, config, inputs.hashes(program, !config.randomWeights))
      return []
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error
      const help = error.diagnostics.flatMap((diagnostic) => diagnostic.help?.split('\n').slice(0, -1) ?? [])
      return [{ path: run.folder.path, changes: help }]
    }
  })
  if (stale.length === 0) return
  if (!options.rerun) throw new DiagnosticError(sweepChanged({ sweep: folder.path, runs: stale, command }))
  for (const { path } of stale) {
    observer.note?.(`${path} came from another spec or other files, so it is trained again`)
    rmSync(path, { recursive: true })
  }
}

function configOf({ spec, options, swept, asked, seeds }: SweepRequest): SweepConfig {
  const mutable = (list: readonly SweptSetting[]) =>
    list.map(({ name, values }) => ({ name, values: [...values] }))
  return {
    version: 1,
    spec,
    folder: process.cwd(),
    settings: { ...options.settings },
    swept: mutable(swept),
    asked: mutable(asked),
    seeds: [...seeds],
    randomWeights: options.randomWeights ?? false,
    ...(options.stages ? { stages: [...options.stages] } : {}),
    ...(options.maxSteps === undefined ? {} : { maxSteps: options.maxSteps }),
    ...(options.passes === undefined ? {} : { passes: options.passes }),
    ...(options.memory === undefined ? {} : { memory: options.memory }),
    ...(options.parts === undefined ? {} : { parts: options.parts }),
    created: new Date().toISOString(),
  }
}
