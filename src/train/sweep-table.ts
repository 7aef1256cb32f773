/**
 * The table of a sweep: mean and standard deviation of each trained model's metrics for each combination,
 * with the best of each marked.
 */
import { type Combination, combinationText } from '../check/combinations.ts'
import { formatMetric, isBetter } from './metrics/index.ts'
import type { RunReport } from './report-file.ts'
import { deviationText, type SeedSummary, summarizeSeeds } from './seeds.ts'

export interface CombinationRuns {
  readonly combination: Combination
  /** Reports of the finished runs. */
  readonly reports: readonly RunReport[]
  /** Seeds whose run stopped, with the reason. */
  readonly stopped: readonly { readonly seed: number; readonly why: string }[]
}

export interface CombinationSummary extends CombinationRuns {
  readonly summaries: readonly (SeedSummary & { readonly best: boolean })[]
}

export function summarizeSweep(runs: readonly CombinationRuns[]): CombinationSummary[] {
  const all = runs.map((one) => ({
    ...one,
    summaries: summarizeSeeds(
      one.reports.map(({ models, trained }) => models.filter(({ name }) => trained.includes(name))),
    ),
  }))
  const best = new Map<string, number>()
  for (const { summaries } of all)
    for (const { model, metric, mean } of summaries)
      if (isBetter(metric, mean, best.get(`${model} ${metric}`))) best.set(`${model} ${metric}`, mean)
  return all.map((one) => ({
    ...one,
    summaries: one.summaries.map((summary) => ({
      ...summary,
      best: summary.mean === best.get(`${summary.model} ${summary.metric}`),
    })),
  }))
}

/** `91.2 +- 0.3`; without a deviation for a single value. */
function meanText({ metric, mean, deviation, values }: SeedSummary): string {
  const text = formatMetric(metric, mean)
  return values.length > 1 ? `${text} +- ${deviationText(metric, deviation)}` : text
}

/**
 * A row for each combination: its settings, then a column for each model and metric; `*` behind the best. A
 * table wider than `columns` is split into several.
 */
export function formatSweep(combinations: readonly CombinationSummary[], columns = 100): string {
  const settings = Object.keys(combinations[0]?.combination ?? {})
  const names = [
    ...new Set(
      combinations.flatMap(({ summaries }) => summaries.map(({ model, metric }) => `${model} ${metric}`)),
    ),
  ]
  const several = combinations.length > 1
  const left = [
    settings,
    ...combinations.map(({ combination }) => settings.map((name) => combination[name] ?? '')),
  ]
  const right = names.map((name) => [
    name,
    ...combinations.map(({ summaries, reports }) => {
      const summary = summaries.find(({ model, metric }) => `${model} ${metric}` === name)
      if (!summary) return reports.length === 0 ? '...' : '-'
      return `${meanText(summary)}${several ? (summary.best ? ' *' : '  ') : ''}`
    }),
  ])
  const labels = left.map((row) => padded(row, left).join('  '))
  const tables: string[] = []
  let rest = right
  do {
    let count = 1
    const widthOf = (shown: readonly (readonly string[])[]): number =>
      2 + (labels[0]?.length ?? 0) + shown.reduce((sum, column) => sum + 2 + widest(column), 0)
    while (count < rest.length && widthOf(rest.slice(0, count + 1)) <= columns) count++
    const shown = rest.slice(0, count)
    tables.push(
      labels
        .map((label, row) => {
          const cells = shown.map((column) => (column[row] ?? '').padStart(widest(column)))
          return `  ${[...(settings.length > 0 ? [label] : []), ...cells].join('  ')}`.trimEnd()
        })
        .join('\n'),
    )
    rest = rest.slice(count)
  } while (rest.length > 0)
  const notes = combinations.flatMap(({ combination, stopped }) =>
    stopped.map(
      ({ seed, why }) =>
        `  ${[combinationText(combination), `seed ${seed}`].filter(Boolean).join(', ')}: ${why}`,
    ),
  )
  if (several && names.length > 0) notes.unshift('  * the best')
  return [tables.join('\n\n'), ...notes].join('\n')
}

function widest(cells: readonly string[]): number {
  return Math.max(0, ...cells.map((cell) => cell.length))
}

function padded(row: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return row.map((cell, i) => cell.padEnd(widest(rows.map((one) => one[i] ?? ''))))
}

/** The output of `--json` for a combination of settings, with unrounded numbers. */
export interface CombinationResult {
  readonly settings: Combination
  readonly runs: number
  /** Seeds whose run stopped, with the reason. */
  readonly stopped?: CombinationRuns['stopped']
  readonly metrics: CombinationSummary['summaries']
}

export function sweepToJson(combinations: readonly CombinationSummary[]): CombinationResult[] {
  return combinations.map(({ combination, summaries, reports, stopped }) => ({
    settings: combination,
    runs: reports.length,
    ...(stopped.length > 0 ? { stopped } : {}),
    metrics: summaries.map(({ model, metric, values, mean, deviation, best }) => ({
      model,
      metric,
      values,
      mean,
      deviation,
      best,
    })),
  }))
}
