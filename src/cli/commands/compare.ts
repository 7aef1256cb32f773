/**
 * `distill compare A B` prints the differences between the specs of finished runs, and their results side by
 * side.
 */
import type { Command } from 'commander'
import type { Painter } from '../../diagnostics/paint.ts'
import { indent, table, tie, wrapLines } from '../../explain/figures.ts'
import { requireOneSpec } from '../../library/open-run.ts'
import { intervalsOf } from '../../report/gather/intervals.ts'
import {
  type ComparedRun,
  type FileDifference,
  type KeptIntervals,
  type Result,
  readCompared,
  results,
  settingDifferences,
  shortNames,
  textDifferences,
} from '../../train/compare.ts'
import { formatBytes } from '../../train/format.ts'
import { readAnswers } from '../../train/kept/answer-file.ts'
import { formatMetric, metrics } from '../../train/metrics/index.ts'
import { deviationText } from '../../train/seeds.ts'
import { print } from '../output.ts'
import { standardOutput } from '../terminal.ts'

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
      const { columns, paint } = standardOutput()
      print(flags.json ? `${JSON.stringify(toJson(runs), null, 2)}\n` : toText(runs, columns, paint))
    })
}

function differencesOf([first, ...others]: readonly ComparedRun[]): (readonly FileDifference[])[] {
  return first ? others.map((other) => textDifferences(first, other)) : []
}

function toText(runs: readonly ComparedRun[], columns: number, paint: Painter): string {
  const names = shortNames(runs.map(({ path }) => path))
  const width = Math.max(...names.map((name) => name.length))
  const named = runs.map(({ path, config, seeds }, index) => {
    const several = seeds.length > 1 ? `, ${seeds.length} seeds` : ''
    return `  ${paint.bold((names[index] ?? path).padEnd(width))}  ${path}: ${config.spec}${several}`
  })
  const settings = settingDifferences(runs).map(({ name, values }) => [
    name,
    '',
    ...values.map((value) => value ?? 'not set'),
  ])
  const texts = differencesOf(runs).map((files, index) => {
    const title = `  ${names[0]} -> ${names[index + 1]}`
    return files.length === 0 ? [`${title}: the specs are equal`] : [title, ...files.flatMap(fileLines)]
  })
  const all = results(runs, keptIntervals())
  const differ = all.filter((result) => new Set(result.cells.map((cell) => cellText(result, cell))).size > 1)
  const equal = all.filter((result) => !differ.includes(result))
  const rows = differ.map((result) => [
    result.model,
    labelOf(result),
    ...result.cells.map((cell, i) =>
      i === 0 ? cellText(result, cell) : `${cellText(result, cell)}  ${differenceText(result, cell)}`,
    ),
  ])
  const same = equal.map(
    (result) => `${result.model} ${labelOf(result)} ${cellText(result, result.cells[0])}`,
  )
  const parts = [
    named,
    settings.length > 0 ? sideBySide(names, settings, columns, paint) : [],
    ...texts,
    rows.length > 0 ? sideBySide(names, rows, columns, paint) : [],
    same.length > 0 ? [`  equal: ${same.map((one) => one.replaceAll(' ', tie)).join(', ')}`] : [],
    all.some(({ cells }) => cells.some((cell) => cell?.interval))
      ? ['  in brackets: the 95% interval that the number of examples allows']
      : [],
  ].filter((lines) => lines.length > 0)
  return `${parts.map((lines) => wrapLines(lines, columns).join('\n')).join('\n\n')}\n`
}

/** Each metric of a run is resampled once for all of its models. */
function keptIntervals(): KeptIntervals {
  const known = new Map<string, ReturnType<typeof intervalsOf>>()
  return ({ path, reports }, metric) => {
    const key = `${metric} ${path}`
    const found = known.get(key)
    if (found) return found
    const scores = new Map(
      (reports[0]?.models ?? []).flatMap(({ name, score }) => (score ? [[name, score]] : [])),
    )
    const intervals = intervalsOf({ answers: readAnswers(path), scores }, metric)
    known.set(key, intervals)
    return intervals
  }
}

const labelOf = ({ name }: Result): string => (name === 'bytes' ? 'size' : name)

/** A column for each run; where they do not fit, a line for each run below each row's name. */
function sideBySide(
  names: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number,
  paint: Painter,
): string[] {
  const right = [false, false, ...names.map(() => true)]
  const [heading = '', ...lines] = indent(table([['', '', ...names], ...rows], right))
  if (Math.max(heading.length, ...lines.map(({ length }) => length)) <= columns)
    return [paint.muted(heading), ...lines]
  return rows.flatMap(([first = '', second = '', ...cells]) => [
    `  ${[first, second].filter(Boolean).join('  ')}`,
    ...indent(
      table(
        cells.map((cell, i) => [names[i] ?? '', cell]),
        [false, false],
        columns - 4,
      ),
      4,
    ),
  ])
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
  if (cell.interval)
    return `${mean} [${formatMetric(name, cell.interval.low)} to ${formatMetric(name, cell.interval.high)}]`
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
    results: results(runs, keptIntervals()).map(({ model, name, cells }) => ({
      model,
      name,
      values: cells.map((cell) => cell ?? null),
    })),
  }
}
