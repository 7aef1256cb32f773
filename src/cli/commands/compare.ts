/**
 * `distill compare A B` prints the differences between the specs of finished runs, and their results side by
 * side.
 */
import type { Command } from 'commander'
import { requireOneSpec } from '../../library/open-run.ts'
import {
  type ComparedRun,
  type FileDifference,
  type Result,
  readCompared,
  results,
  settingDifferences,
  textDifferences,
} from '../../train/compare.ts'
import { formatBytes } from '../../train/format.ts'
import { formatMetric, metrics } from '../../train/metrics/index.ts'
import { deviationText } from '../../train/seeds.ts'

export function register(program: Command): void {
  program
    .command('compare')
    .description('show how the specs of runs differ, and their results side by side')
    .argument('<first>', 'the run folder to compare with, or a folder of runs seed-0, seed-1 ...')
    .argument('<others...>', 'further run folders')
    .option('--json', 'the comparison as JSON on standard output')
    .action((first: string, others: readonly string[], flags: { json?: boolean }) => {
      const runs = [first, ...others].map((path) => {
        requireOneSpec(path)
        return readCompared(path)
      })
      process.stdout.write(flags.json ? `${JSON.stringify(toJson(runs), null, 2)}\n` : toText(runs))
    })
}

/** A, B, C ... */
function letter(index: number): string {
  return index < 26 ? String.fromCharCode(65 + index) : `R${index + 1}`
}

function differencesOf([first, ...others]: readonly ComparedRun[]): (readonly FileDifference[])[] {
  return first ? others.map((other) => textDifferences(first, other)) : []
}

function toText(runs: readonly ComparedRun[]): string {
  const letters = runs.map((_, index) => letter(index))
  const named = runs.map(({ path, config, seeds }, index) => {
    const several = seeds.length > 1 ? `   ${seeds.length} seeds` : ''
    return `  ${letters[index]}  ${path}   ${config.spec}${several}`
  })
  const settings = settingDifferences(runs)
  const settingRows = [
    ['', ...letters],
    ...settings.map(({ name, values }) => [name, ...values.map((value) => value ?? 'not set')]),
  ]
  const texts = differencesOf(runs).map((files, index) => {
    const title = `  ${letters[0]} -> ${letter(index + 1)}`
    return files.length === 0
      ? `${title}: the specs are equal`
      : [title, ...files.flatMap(fileLines)].join('\n')
  })
  const rows = [
    ['', '', ...letters, ...letters.slice(1).map((name) => `${name} - ${letters[0]}`)],
    ...results(runs).map((result) => [
      result.model,
      result.name === 'bytes' ? 'size' : result.name,
      ...result.cells.map((cell) => cellText(result, cell)),
      ...result.cells.slice(1).map((cell) => differenceText(result, cell)),
    ]),
  ]
  const parts = [
    named.join('\n'),
    ...(settings.length > 0 ? [table(settingRows, settingRows[0]?.length ?? 0)] : []),
    texts.join('\n\n'),
    table(rows, 2),
  ]
  return `${parts.join('\n\n')}\n`
}

function fileLines({ file, hunks }: FileDifference): string[] {
  return [
    `  ${file}`,
    ...hunks.flatMap(({ within, removed, added }) => [
      ...(within === undefined ? [] : [`      ${within}`]),
      ...removed.map((line) => `    - ${line}`),
      ...added.map((line) => `    + ${line}`),
    ]),
  ]
}

function cellText({ name }: Result, cell: Result['cells'][number]): string {
  if (!cell) return '-'
  if (name === 'parameters') return Math.round(cell.mean).toLocaleString('en-US')
  if (name === 'bytes') return formatBytes(cell.mean)
  if (name === 'latency') return `${cell.mean.toFixed(2)} ms`
  const mean = formatMetric(name, cell.mean)
  return cell.deviation === undefined ? mean : `${mean} +- ${deviationText(name, cell.deviation)}`
}

/** With a sign. Shares differ by percentage points. */
function differenceText({ name, cells }: Result, cell: Result['cells'][number]): string {
  const [base] = cells
  if (!cell || !base) return '-'
  const difference = cell.mean - base.mean
  const sign = difference > 0 ? '+' : ''
  if (name === 'parameters') return `${sign}${Math.round(difference).toLocaleString('en-US')}`
  if (name === 'bytes') return `${difference < 0 ? '-' : sign}${formatBytes(Math.abs(difference))}`
  if (name === 'latency') return `${sign}${difference.toFixed(2)} ms`
  return `${sign}${metrics[name].share ? (100 * difference).toFixed(1) : difference.toPrecision(3)}`
}

/** The first columns to the left, numbers to the right. */
function table(rows: readonly (readonly string[])[], left: number): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)))
  return rows
    .map((row) => {
      const cells = row.map((cell, i) =>
        i < left ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0),
      )
      return `  ${cells.join('  ')}`.trimEnd()
    })
    .join('\n')
}

function toJson(runs: readonly ComparedRun[]): unknown {
  return {
    runs: runs.map(({ path, config, seeds }) => ({
      path,
      spec: config.spec,
      settings: config.settings,
      seeds,
    })),
    settings: settingDifferences(runs).map(({ name, values }) => ({
      name,
      values: values.map((value) => value ?? null),
    })),
    specs: differencesOf(runs).map((files, index) => ({
      from: runs[0]?.path,
      to: runs[index + 1]?.path,
      files,
    })),
    results: results(runs).map(({ model, name, cells }) => ({
      model,
      name,
      values: cells.map((cell) => cell ?? null),
    })),
  }
}
