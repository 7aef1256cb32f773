/**
 * `distill compare A B`: the differences between specs, settings and results of runs. All are compared with
 * the first.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { MetricName } from '../check/metric-names.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { notARunFolder } from '../diagnostics/messages/command-line.ts'
import { parseSource } from '../syntax/build-ast.ts'
import { printSource } from '../syntax/print.ts'
import { diffLines, type Hunk } from './line-diff.ts'
import { type Interval, wilson } from './metrics/wilson.ts'
import type { ModelReport } from './report.ts'
import { type RunReport, readReport } from './report-file.ts'
import { type RunConfig, RunFolder } from './run-folder.ts'
import { meanOf, type SeedSummary, summarizeSeeds } from './seeds.ts'

/** One run, or several of one spec with different seeds. */
export interface ComparedRun {
  readonly path: string
  readonly config: RunConfig
  readonly texts: ReadonlyMap<string, string>
  readonly seeds: readonly number[]
  readonly reports: readonly RunReport[]
  readonly summaries: readonly SeedSummary[]
}

/**
 * Reads a run folder, or one that contains runs as `seed-0`, `seed-1`. Throws E1107 for another folder, and
 * for an unfinished run.
 */
export function readCompared(path: string): ComparedRun {
  const folders = new RunFolder(path).exists ? [new RunFolder(path)] : seedFolders(path)
  const [first = new RunFolder(path)] = folders
  const config = first.readConfig()
  const reports = folders.map((folder) => {
    const report = readReport(folder)
    if (report) return report
    const help =
      'go on with it first: distill train SPEC --resume; a run of an older version ends again that way'
    throw new DiagnosticError(notARunFolder({ path: folder.path, problem: 'is not finished', help }))
  })
  return {
    path,
    config,
    texts: first.readTexts(),
    seeds: folders.map((folder) => folder.readConfig().seed),
    reports,
    summaries: summarizeSeeds(reports.map(({ models }) => models)),
  }
}

function seedFolders(path: string): RunFolder[] {
  if (!existsSync(path)) return []
  return readdirSync(path)
    .filter((name) => /^seed-\d+$/.test(name))
    .sort((a, b) => Number(a.slice(5)) - Number(b.slice(5)))
    .map((name) => new RunFolder(join(path, name)))
    .filter((folder) => folder.exists)
}

/** The name of each run: the last parts of its path, as many as tell them apart. */
export function shortNames(paths: readonly string[]): string[] {
  const parts = paths.map((path) => path.split('/').filter((part) => part !== '' && part !== '.'))
  const most = Math.max(...parts.map(({ length }) => length))
  for (let count = 1; count <= most; count++) {
    const names = parts.map((one) => one.slice(-count).join('/'))
    if (new Set(names).size === names.length) return names
  }
  return [...paths]
}

/** A setting or option that differs between runs; undefined: not given. */
export interface SettingDifference {
  readonly name: string
  readonly values: readonly (string | undefined)[]
}

export function settingDifferences(runs: readonly ComparedRun[]): SettingDifference[] {
  const names = new Set(runs.flatMap(({ config }) => Object.keys(config.settings)))
  const settings = [...names].map((name) => ({
    name,
    values: runs.map(({ config }) => config.settings[name]),
  }))
  const option = (
    name: string,
    of: (run: ComparedRun) => string | number | undefined,
  ): SettingDifference => ({
    name,
    values: runs.map((run) => {
      const value = of(run)
      return value === undefined ? undefined : String(value)
    }),
  })
  const options = [
    option('--seed', ({ seeds }) => seeds.join(', ')),
    option('--stage', ({ config }) => config.stages?.join(', ')),
    option('--max-steps', ({ config }) => config.maxSteps),
    option('--passes', ({ config }) => config.passes || undefined),
    option('--backend', ({ config }) => config.backend),
    option('--random-weights', ({ config }) => (config.randomWeights ? 'yes' : undefined)),
  ]
  return [...settings, ...options].filter(({ values }) => new Set(values).size > 1)
}

export interface FileDifference {
  readonly file: string
  readonly hunks: readonly Hunk[]
}

/**
 * The differences between the files of two specs, without layout and comments. The spec itself is compared
 * whatever its name is.
 */
export function textDifferences(first: ComparedRun, other: ComparedRun): FileDifference[] {
  const [a, b] = [withoutSpecName(first), withoutSpecName(other)]
  return [...new Set([...a.keys(), ...b.keys()])].flatMap((file) => {
    const hunks = diffLines(canonicalLines(a.get(file)), canonicalLines(b.get(file)))
    return hunks.length > 0 ? [{ file, hunks }] : []
  })
}

/**
 * The spec is the first text that a run records. Values of `--set` that are texts are compared as settings.
 */
function withoutSpecName({ texts }: ComparedRun): Map<string, string> {
  const files = [...texts].filter(([file]) => !file.startsWith('--set '))
  return new Map(files.map(([file, text], index) => [index === 0 ? 'the spec' : file, text]))
}

/** The text as formatted, without comments, empty lines and the sweep, which is no part of a run. */
function canonicalLines(text = ''): string[] {
  const { tree } = parseSource('spec', text)
  const declarations = tree.declarations.filter(({ kind }) => kind !== 'sweep')
  return printSource({ ...tree, declarations })
    .split('\n')
    .map((line) => line.replace(/^((?:[^"/]|"(?:[^"\\]|\\.)*"|\/(?!\/))*)\/\/.*$/, '$1').trimEnd())
    .filter((line) => line !== '')
}

export interface ResultCell {
  readonly mean: number
  /** With several seeds. */
  readonly deviation?: number
  /** Of one run, at 95%: of a share of examples whose number is known, or of the answers that were kept. */
  readonly interval?: Interval
}

export interface Result {
  readonly model: string
  readonly name: MetricName | 'parameters' | 'bytes' | 'latency'
  readonly cells: readonly (ResultCell | undefined)[]
}

/** The intervals of a metric by model, from the answers that a run kept. */
export type KeptIntervals = (run: ComparedRun, metric: MetricName) => ReadonlyMap<string, Interval>

/** Metrics of each model, then its size and speed, side by side. */
export function results(runs: readonly ComparedRun[], kept: KeptIntervals): Result[] {
  const models = new Set(
    runs.flatMap(({ reports }) => reports.flatMap((one) => one.models.map(({ name }) => name))),
  )
  return [...models].flatMap((model) => {
    const metrics = new Set(
      runs.flatMap(({ summaries }) =>
        summaries.filter((one) => one.model === model).map(({ metric }) => metric),
      ),
    )
    const scores = [...metrics].map((metric) => ({
      model,
      name: metric,
      cells: runs.map((run) => {
        const { summaries, reports } = run
        const found = summaries.find((one) => one.model === model && one.metric === metric)
        if (!found) return undefined
        const { mean, deviation, values } = found
        if (values.length > 1) return { mean, deviation }
        const examples = reports[0]?.models.find(({ name }) => name === model)?.score?.examples
        const counts = (metric === 'accuracy' || metric === 'exact_match') && examples !== undefined
        const interval = counts ? wilson(mean, examples) : kept(run, metric).get(model)
        return { mean, ...(interval ? { interval } : {}) }
      }),
    }))
    const facts = (['parameters', 'bytes', 'latency'] as const).map((name) => ({
      model,
      name,
      cells: runs.map(({ reports }) => meanOfReports(reports, model, name)),
    }))
    return [...scores, ...facts.filter(({ cells }) => cells.some((cell) => cell !== undefined))]
  })
}

function meanOfReports(
  reports: readonly RunReport[],
  model: string,
  name: 'parameters' | 'bytes' | 'latency',
): ResultCell | undefined {
  const of = (one: ModelReport | undefined): number | undefined => one?.[name]
  const values = reports.flatMap(({ models }) => of(models.find((one) => one.name === model)) ?? [])
  return values.length === 0 ? undefined : { mean: meanOf(values) }
}
