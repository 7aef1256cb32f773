/** The table at the end of a run and of `distill eval`: every model beside the first teacher. */

import { headOutputs } from '../check/head-outputs.ts'
import type { MetricName } from '../check/metric-names.ts'
import type { ModelInstance, Program } from '../check/program.ts'
import type { Batch } from '../data/dataset.ts'
import type { Graph } from '../graph/graph.ts'
import type { BaselineScore } from './baselines/baseline.ts'
import { graphText } from './content-keys.ts'
import type { Evaluator } from './evaluate.ts'
import { formatBytes } from './format.ts'
import { medianTimes } from './latency.ts'
import { formatMetric, metrics } from './metrics/index.ts'
import type { Score } from './observer.ts'
import { elements, storedParameters } from './parameters.ts'
import type { Latencies, SharedFigures } from './shared-figures.ts'
import { structuralText } from './structural-text.ts'

export interface ModelReport {
  readonly name: string
  readonly model: string
  readonly score?: Score
  /** Number of parameters. Shared weights count once; heads are included, projections not. */
  readonly parameters: number
  /** As float32. */
  readonly bytes: number
  /** The median milliseconds for one text of 32 tokens; absent if nothing was run. */
  readonly latency?: number
  /** The run of the sweep that measured it; absent if this one did. */
  readonly latencyFrom?: string
}

/** In a sweep: what its runs have in common. */
export interface ReportSharing {
  readonly figures: SharedFigures
  /** The folder of this run, as messages name it. */
  readonly run: string
}

/** Scores each model, counts its parameters and measures its time. */
export function reportModels(
  instances: readonly ModelInstance[],
  score: (instance: ModelInstance) => Score | undefined,
  evaluator: Evaluator,
  clock: () => number,
  sharing?: ReportSharing,
): ModelReport[] {
  const scores = new Map(instances.map((instance) => [instance, score(instance)]))
  const runs = new Map(instances.flatMap((instance) => timedRun(instance, evaluator) ?? []))
  const { times: latencies, measuredBy } = measureLatencies(runs, clock, sharing)
  const from = measuredBy === undefined || measuredBy === sharing?.run ? {} : { latencyFrom: measuredBy }
  return instances.map((instance) => {
    const own = scores.get(instance)
    const parameters = countParameters(instance)
    const latency = latencies.get(instance.name)
    return {
      name: instance.name,
      model: instance.model,
      ...(own ? { score: own } : {}),
      parameters,
      bytes: 4 * parameters,
      ...(latency === undefined ? {} : { latency, ...from }),
    }
  })
}

/** Times all models in turn, unless another run of the sweep has timed the same ones. */
function measureLatencies(
  runs: ReadonlyMap<string, TimedRun>,
  clock: () => number,
  sharing?: ReportSharing,
): Latencies {
  const make = () => {
    const times = medianTimes(new Map([...runs].map(([name, { run }]) => [name, run])), clock)
    return { times, measuredBy: sharing?.run }
  }
  if (!sharing) return make()
  const key = structuralText([...runs].map(([name, { graph, batch }]) => [name, graphText(graph), batch.L]))
  return sharing.figures.latencies(key, make)
}

/** The models of a table: those of the run without frozen copies of others, the one to compare with first. */
export function reportedInstances(program: Program, instances: readonly ModelInstance[]): ModelInstance[] {
  const originals = instances.filter(({ copyOf }) => copyOf === undefined)
  const copied = [...program.instances.values()].flatMap(({ copyOf }) => (copyOf ? [copyOf.instance] : []))
  const first =
    originals.find(({ role }) => role === 'teacher') ??
    originals.find(({ name }) => copied.includes(name)) ??
    originals[0]
  return originals.sort((a, b) => Number(b === first) - Number(a === first))
}

function countParameters(instance: ModelInstance): number {
  return storedParameters(instance).reduce((sum, { parameter }) => sum + elements(parameter.shape), 0)
}

interface TimedRun {
  readonly run: () => void
  readonly graph: Graph
  readonly batch: Batch
}

/** What is timed of a model, by its name: its first head, else its last tap, on one text of 32 tokens. */
function timedRun(instance: ModelInstance, evaluator: Evaluator): [readonly [string, TimedRun]] | undefined {
  const path = headOutputs(instance)[0]?.path ?? [...instance.taps.keys()].at(-1)
  if (path === undefined) return undefined
  const batch = textOf(Math.min(32, instance.settings.get('positions') ?? 32))
  const run = (): void => void evaluator.tap(instance.name, path, batch)
  return [[instance.name, { run, graph: evaluator.graph(instance.name, [path]), batch }]]
}

function textOf(length: number): Batch {
  const shape = [1, length]
  const ids = new Int32Array(length)
  const all = new Uint8Array(length).fill(1)
  return {
    B: 1,
    L: length,
    liveTokens: length,
    examples: [],
    inputs: new Map([
      ['tokens', { dtype: 'i32', shape, data: ids }],
      ['segments', { dtype: 'i32', shape, data: ids }],
      ['places', { dtype: 'i32', shape: [length], data: Int32Array.from(ids, (_, i) => i) }],
      ['attended', { dtype: 'bool', shape, data: all }],
      ['first_piece', { dtype: 'bool', shape, data: all }],
      ['sample', { dtype: 'i32', shape: [1], data: new Int32Array(1) }],
    ]),
  }
}

/**
 * The table as text, at most `columns` wide: models, then trivial baselines, named behind their metrics. All
 * are compared with the first model. If it does not fit, columns are dropped: the models' definitions, then
 * sizes, then comparisons of parameters and latency.
 */
export function formatReport(
  models: readonly ModelReport[],
  baselines: readonly BaselineScore[] = [],
  columns = 100,
): string {
  const [base] = models
  if (!base) return ''
  const names = [...new Set(models.flatMap(({ score }) => [...(score?.values.keys() ?? [])]))]
  const of = `of ${base.name}`
  const header = ['', '', ...names.flatMap((name, i) => (i === 0 ? [name, of] : [name]))]
  header.push('parameters', of, 'size', 'latency (1 x 32)', of)
  /** Of each column: where the table is too wide, 1 is dropped first; 0 stays. */
  const drop = [0, 1, ...header.slice(2, -5).map(() => 0), 0, 3, 2, 0, 3]
  const metricCells = (values?: ReadonlyMap<MetricName, number>): string[] =>
    names.flatMap((name, i) => {
      const value = values?.get(name)
      const cell = value === undefined ? '-' : formatMetric(name, value)
      return i === 0 ? [cell, metricShare(name, value, base.score?.values.get(name))] : [cell]
    })
  const rows = models.map((row) => [
    row.name,
    row.model,
    ...metricCells(row.score?.values),
    row.parameters.toLocaleString('en-US'),
    times(base.parameters / row.parameters),
    formatBytes(row.bytes),
    row.latency === undefined ? '-' : `${row.latency.toFixed(row.latency < 10 ? 2 : 1)} ms`,
    row.latency === undefined || base.latency === undefined ? '-' : times(base.latency / row.latency),
  ])
  const places = new Set(models.flatMap(({ score }) => (score ? `${score.data}.${score.split}` : [])))
  const counted = baselines.map(({ name, data, split, values }) => ({
    name: places.size > 1 ? `${name} (${data}.${split})` : name,
    cells: metricCells(values),
  }))
  const table = [header, ...rows, ...counted.map(({ cells }) => ['', '', ...cells])]
  const without = (level: number): string[] =>
    layout(table.map((row) => row.filter((_, c) => drop[c] === 0 || (drop[c] ?? 0) > level))).map(
      (line, i) => {
        const one = counted[i - 1 - rows.length]
        return one ? `${line}  baseline: ${one.name}` : line
      },
    )
  const fits = (level: number): boolean => without(level).every((line) => line.length <= columns)
  return without([0, 1, 2].find(fits) ?? 3).join('\n')
}

function metricShare(name: MetricName, value: number | undefined, base: number | undefined): string {
  if (value === undefined || base === undefined || base === 0 || !metrics[name].share) return '-'
  return `${((100 * value) / base).toFixed(1)}%`
}

function times(ratio: number): string {
  return `${ratio.toFixed(1)}x`
}

/**
 * Names aligned to the left, numbers to the right, with two spaces between columns and three before a new
 * group.
 */
function layout(table: readonly (readonly string[])[]): string[] {
  const count = Math.max(...table.map((row) => row.length))
  const widths = Array.from({ length: count }, (_, c) => Math.max(...table.map((row) => row[c]?.length ?? 0)))
  const textual = table[0]?.findIndex((cell) => cell !== '') ?? 1
  return table
    .map((row) =>
      row
        .map((cell, c) => (c < textual ? cell.padEnd(widths[c] ?? 0) : cell.padStart(widths[c] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `  ${line}`)
}

/** The output of `--json` for a model, with unrounded numbers. */
export interface ModelResult {
  readonly name: string
  readonly model: string
  /** Where it was scored; absent where none of its heads has data. */
  readonly data?: string
  readonly split?: string
  readonly metrics?: { readonly [metric in MetricName]?: number }
  readonly parameters: number
  /** As float32. */
  readonly bytes: number
  /** Of one text of 32 tokens. */
  readonly latency_ms?: number
  /** The run of the sweep that measured it; absent if this one did. */
  readonly latency_from?: string
  /** Times fewer parameters than the first model, and times its speed. */
  readonly smaller?: number
  readonly faster?: number
}

export function reportToJson(models: readonly ModelReport[]): ModelResult[] {
  const [base] = models
  return models.map(({ name, model, score, parameters, bytes, latency, latencyFrom }) => ({
    name,
    model,
    ...(score ? { data: score.data, split: score.split, metrics: Object.fromEntries(score.values) } : {}),
    ...(score?.examples === undefined ? {} : { examples: score.examples }),
    parameters,
    bytes,
    ...(latency === undefined ? {} : { latency_ms: Number(latency.toFixed(3)) }),
    ...(latencyFrom === undefined ? {} : { latency_from: latencyFrom }),
    ...(base ? { smaller: Number((base.parameters / parameters).toFixed(3)) } : {}),
    ...(base?.latency === undefined || latency === undefined
      ? {}
      : { faster: Number((base.latency / latency).toFixed(3)) }),
  }))
}

/** The output of `--json` for a trivial baseline, with unrounded numbers. */
export interface BaselineResult {
  /** `naive Bayes on words` */
  readonly name: string
  readonly data: string
  readonly split: string
  readonly metrics: { readonly [metric in MetricName]?: number }
}

export function baselinesToJson(baselines: readonly BaselineScore[]): BaselineResult[] {
  return baselines.map(({ values, ...place }) => ({ ...place, metrics: Object.fromEntries(values) }))
}
