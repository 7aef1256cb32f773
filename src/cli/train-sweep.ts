/**
 * The runs of a sweep: every combination of the swept values with every seed, one after another. Finished
 * runs that would have the same result are kept, and interrupted ones are resumed. So the same command,
 * repeated, does what is left.
 */
import { rmSync } from 'node:fs'
import { checkFile } from '../check/check.ts'
import { type Combination, combinationsOf, combinationText, wrongCombination } from '../check/combinations.ts'
import type { SweptSetting } from '../check/program.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { sweepChanged } from '../diagnostics/messages/runs.ts'
import { lockFolder } from '../train/folder-lock.ts'
import { InputFiles } from '../train/input-files.ts'
import { readReport } from '../train/report-file.ts'
import { requireSameInputs, requireSameSpec } from '../train/resume.ts'
import { formatSeeds, summarizeSeeds } from '../train/seeds.ts'
import type { SweepConfig, SweepFolder, SweptRun } from '../train/sweep-folder.ts'
import { type CombinationRuns, formatSweep, summarizeSweep, sweepToJson } from '../train/sweep-table.ts'
import { exitCodeOf, exitCodes, printDiagnostics } from './outcome.ts'
import { askedOf, type RunFlags, trainRun } from './train-run.ts'

export interface SweepRequest {
  readonly spec: string
  readonly folder: SweepFolder
  readonly swept: readonly SweptSetting[]
  /** The part of `swept` that the command line sets. */
  readonly asked: readonly SweptSetting[]
  readonly seeds: readonly number[]
  readonly flags: RunFlags
  /** Whether to repeat runs whose spec, data or weights have changed since. */
  readonly rerun: boolean
  readonly json: boolean
}

export async function trainSweep(request: SweepRequest): Promise<void> {
  const { spec, folder, swept, flags } = request
  const wrong = wrongCombination(spec, swept, { settings: flags.set ?? {} })
  if (wrong) {
    printDiagnostics(wrong.diagnostics, wrong.sources, { file: spec })
    process.exitCode = exitCodeOf(wrong.diagnostics)
    if (flags.dryRun) rmSync(folder.path, { recursive: true, force: true })
    return
  }
  const lock = lockFolder(folder.path)
  try {
    await trainAll(request)
  } finally {
    lock.release()
    if (flags.dryRun) rmSync(folder.path, { recursive: true, force: true })
  }
}

async function trainAll(request: SweepRequest): Promise<void> {
  const { spec, folder, swept, seeds, flags } = request
  const settings = flags.set ?? {}
  const combinations = combinationsOf(swept)
  const runs = combinations.flatMap((combination) =>
    seeds.map((seed): SweptRun => ({ combination, seed, folder: folder.run(combination, seed) })),
  )
  const inputs = new InputFiles()
  const command = `distill train ${spec} --resume --out ${folder.path}`
  if (!flags.dryRun) {
    settleStale(request, runs, inputs, command)
    folder.write(configOf(request))
  }
  const table = new Map<Combination, { -readonly [Key in 'reports' | 'stopped']: [...CombinationRuns[Key]] }>(
    combinations.map((combination) => [combination, { reports: [], stopped: [] }]),
  )
  let trained = 0
  for (const [index, run] of runs.entries()) {
    const title = `[${index + 1}/${runs.length}] ${runText(run, seeds.length > 1)}`
    const row = table.get(run.combination)
    const before = flags.dryRun ? undefined : readReport(run.folder)
    if (before) {
      process.stderr.write(`${title}: finished before\n`)
      row?.reports.push(before)
      continue
    }
    process.stderr.write(`${title}\n`)
    const set = { ...settings, ...run.combination }
    const result = await trainRun({
      spec,
      program: checkFile(spec, { settings: set }).program,
      folder: run.folder,
      before: run.folder.exists ? run.folder.readConfig() : undefined,
      flags: { ...flags, set, seed: run.seed },
      again: command,
      print: 'nothing',
      inputs,
    })
    if (flags.dryRun && !process.exitCode) continue
    if (result.kind === 'ended') return
    trained++
    if (result.kind === 'stopped') row?.stopped.push({ seed: run.seed, why: result.why })
    else row?.reports.push(result.report)
    if (index + 1 < runs.length) process.stderr.write(`\n${soFar(table)}\n\n`)
  }
  if (flags.dryRun) return
  if (trained === 0) process.stderr.write(`all ${runs.length} runs were finished before: ${folder.path}\n`)
  finish(request, table, runs)
}

type Table = ReadonlyMap<Combination, Pick<CombinationRuns, 'reports' | 'stopped'>>

function rowsOf(table: Table): CombinationRuns[] {
  return [...table].map(([combination, row]) => ({ combination, ...row }))
}

function soFar(table: Table): string {
  return formatSweep(summarizeSweep(rowsOf(table)), process.stderr.columns ?? 100)
}

function finish({ json, swept, seeds, folder }: SweepRequest, table: Table, runs: readonly SweptRun[]): void {
  const rows = rowsOf(table)
  const summaries = summarizeSweep(rows)
  if (json) {
    const places = runs.map(({ combination, seed, folder: { path } }) => ({
      settings: combination,
      seed,
      path,
    }))
    const only =
      swept.length === 0 ? { seeds: summarizeSeeds(rows[0]?.reports.map(({ models }) => models) ?? []) } : {}
    const all = { sweep: folder.path, ...only, combinations: sweepToJson(summaries), runs: places }
    process.stdout.write(`${JSON.stringify(all, null, 2)}\n`)
  } else if (swept.length === 0) {
    const reports = rows[0]?.reports ?? []
    process.stdout.write(
      `\n${seeds.length} seeds\n${formatSeeds(summarizeSeeds(reports.map(({ models }) => models)))}\n`,
    )
  } else {
    const each = seeds.length === 1 ? '' : `, ${seeds.length} seeds each`
    process.stdout.write(
      `\n${rows.length} combinations of ${swept.map(({ name }) => name).join(', ')}${each}\n${formatSweep(summaries, process.stdout.columns ?? 100)}\n`,
    )
  }
  if (rows.some(({ stopped }) => stopped.length > 0)) process.exitCode = exitCodes.runFailed
}

/**
 * Throws E1014 for runs whose spec, data or weights have changed since. With --rerun they are deleted
 * instead.
 */
function settleStale(
  { spec, flags, rerun, folder }: SweepRequest,
  runs: readonly SweptRun[],
  inputs: InputFiles,
  command: string,
): void {
  const stale = runs.flatMap((run) => {
    if (!run.folder.exists) return []
    const set = { ...flags.set, ...run.combination }
    const { program } = checkFile(spec, { settings: set })
    if (!program) return []
    const config = run.folder.readConfig()
    try {
      requireSameSpec(run.folder, config, program, askedOf({ ...flags, set, seed: run.seed }))
      requireSameInputs(run.folder, config, inputs.hashes(program, !config.randomWeights))
      return []
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error
      const help = error.diagnostics.flatMap((diagnostic) => diagnostic.help?.split('\n').slice(0, -1) ?? [])
      return [{ path: run.folder.path, changes: help }]
    }
  })
  if (stale.length === 0) return
  if (!rerun) throw new DiagnosticError(sweepChanged({ sweep: folder.path, runs: stale, command }))
  for (const { path } of stale) {
    process.stderr.write(`${path} came from another spec or other files, so it is trained again\n`)
    rmSync(path, { recursive: true })
  }
}

function configOf({ spec, flags, swept, asked, seeds }: SweepRequest): SweepConfig {
  const mutable = (list: readonly SweptSetting[]) =>
    list.map(({ name, values }) => ({ name, values: [...values] }))
  return {
    version: 1,
    spec,
    folder: process.cwd(),
    settings: { ...flags.set },
    swept: mutable(swept),
    asked: mutable(asked),
    seeds: [...seeds],
    randomWeights: flags.randomWeights ?? false,
    ...(flags.stage ? { stages: [...flags.stage] } : {}),
    ...(flags.maxSteps === undefined ? {} : { maxSteps: flags.maxSteps }),
    ...(flags.passes === undefined ? {} : { passes: flags.passes }),
    ...(flags.memory === undefined ? {} : { memory: flags.memory }),
    created: new Date().toISOString(),
  }
}

function runText({ combination, seed }: SweptRun, several: boolean): string {
  return [combinationText(combination), ...(several ? [`seed ${seed}`] : [])].filter(Boolean).join(', ')
}
