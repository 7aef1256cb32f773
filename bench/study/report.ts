/** Writes the tables of the study into docs/reproduction.md, between its markers. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { deviationOf, meanOf } from '../../src/train/seeds.ts'
import { headline, percent, type Results, type Split, seedsOf, spread, table, valuesOf } from './cells.ts'
import { differences } from './differences.ts'
import { shellText } from './job.ts'
import type { Result } from './results.ts'
import { commandOf, type DataSet, dataSets, groups, type Row, rows } from './rows.ts'

const file = new URL('../../docs/reproduction.md', import.meta.url).pathname

export function writeReport(results: Results): void {
  if (!existsSync(file)) throw new Error(`${file} is not there`)
  let text = readFileSync(file, 'utf8')
  for (const [name, table] of Object.entries(tables(results))) {
    const pattern = new RegExp(`(<!-- study ${name} -->\n)[^]*?(<!-- /study ${name} -->)`)
    if (!pattern.test(text)) throw new Error(`${file} has no place for "study ${name}"`)
    text = text.replace(pattern, (_, begin: string, end: string) => `${begin}${table}\n${end}`)
  }
  writeFileSync(file, text)
}

function tables(results: Results): Record<string, string> {
  const students = [...groups.students, ...groups.augmented]
  return {
    when: when(results),
    differences: differences(results, 'test'),
    'differences-validation': differences(results, 'validation'),
    students: scores(results, students, dataSets, 'test'),
    'students-validation': scores(results, students, dataSets, 'validation'),
    second: secondMetrics(results, students),
    pretraining: pretraining(results),
    albert: scores(
      results,
      groups.albert.filter(({ shared }) => !shared),
      dataSets,
      'test',
    ),
    'albert-validation': scores(
      results,
      groups.albert.filter(({ shared }) => !shared),
      dataSets,
      'validation',
    ),
    factorized: factorized(results, 'test'),
    'factorized-validation': factorized(results, 'validation'),
    commands: commands(results),
  }
}

function when(results: Results): string {
  const all = [...results.values()]
  const dates = [...new Set(all.map(({ date }) => date))].sort()
  const hours = all.reduce((sum, { seconds }) => sum + (seconds ?? 0), 0) / 3600
  const machine = `${cpus().length} cores of ${cpus()[0]?.model.trim() ?? 'an unknown processor'}, Node ${process.version}`
  return `${all.length} runs on ${machine}, ${dates.join(' and ')}; ${hours.toFixed(1)} hours of processes of one thread, two at a time.`
}

const teacher = rows.find(({ name }) => name === 'teacher')

/** `91.2 ± 0.3 (97.0%)`: mean and deviation over the seeds in percent, and the share of the teachers of the same seeds. */
function cell(results: Results, row: Row, set: DataSet, split: Split, metric: string): string {
  const own = valuesOf(results, row, set, split, metric)
  if (own.size === 0) return row.sets && !row.sets.includes(set) ? '' : '-'
  const base = teacher ? valuesOf(results, teacher, set, split, metric) : new Map<number, number>()
  const pairs = [...own].flatMap(([seed, value]) => {
    const of = base.get(seed)
    return of === undefined ? [] : [[value, of] as const]
  })
  const whole = meanOf(pairs.map(([, b]) => b))
  const share =
    row === teacher || pairs.length < own.size || whole === 0
      ? ''
      : ` (${percent(meanOf(pairs.map(([a]) => a)) / whole)}%)`
  const missing = own.size < 3 ? ` [${own.size}]` : ''
  return `${spread([...own.values()])}${share}${missing}`
}

function scores(results: Results, shown: readonly Row[], sets: readonly DataSet[], split: Split): string {
  const head = ['', 'parameters', ...sets.map((set) => headline[set].title)]
  const body = shown.map((row) => [
    row.title,
    parameters(results, row, sets),
    ...sets.map((set) => cell(results, row, set, split, headline[set].metric)),
  ])
  return table(head, body)
}

/** Of the first of these data sets, whose head is counted too, and their share of the teacher's there. */
function parameters(results: Results, row: Row, sets: readonly DataSet[]): string {
  const [set] = sets
  const count = (one: Row | undefined): number | undefined =>
    one && [...seedsOf(results, one, set).values()][0]?.parameters
  const [own, base] = [count(row), count(teacher)]
  if (own === undefined) return '-'
  const share = base === undefined || row === teacher ? '' : ` (${percent(own / base)}%)`
  return `${own.toLocaleString('en-US')}${share}`
}

function secondMetrics(results: Results, shown: readonly Row[]): string {
  const columns = [
    ['amazon-ratings', 'spearman', 'ratings, Spearman'],
    ['xquad-part', 'exact_match', 'XQuAD part, exact match'],
  ] as const
  const body = shown.map((row) => [
    row.title,
    ...columns.map(([set, metric]) => cell(results, row, set, 'test', metric)),
  ])
  return table(['', ...columns.map(([, , title]) => title)], body)
}

function pretraining(results: Results): string {
  const shown = [...groups.pretraining, ...groups.albert].filter(({ shared }) => shared)
  const body = shown.flatMap((row) => {
    const all = [...seedsOf(results, row, undefined).values()]
    if (all.length === 0) return []
    const perplexities = all.flatMap(({ validation }) => validation?.perplexity ?? [])
    const perplexity =
      perplexities.length > 1
        ? `${meanOf(perplexities).toFixed(1)} ± ${deviationOf(perplexities).toFixed(1)}`
        : (perplexities[0]?.toFixed(1) ?? '')
    const count = all[0]?.parameters.toLocaleString('en-US') ?? ''
    return [[row.title, count, perplexity, meanTime(all)]]
  })
  return table(['', 'parameters', 'perplexity of held-out text', 'seconds'], body)
}

/** Each rank twice: as the decomposition leaves it, and trained. */
function factorized(results: Results, split: Split): string {
  const head = ['', 'parameters', 'energy kept', ...dataSets.map((set) => headline[set].title)]
  const body = groups.factorized.map((row) => [
    `${row.title}, ${row.untrained ? 'at once' : 'after 300 steps'}`,
    row.untrained ? '' : parameters(results, row, dataSets),
    row.untrained ? '' : energy(results, row, dataSets),
    ...dataSets.map((set) => cell(results, row, set, split, headline[set].metric)),
  ])
  return table(head, body)
}

/** Least and most of what all matrices of all runs of the row kept. */
function energy(results: Results, row: Row, sets: readonly DataSet[]): string {
  const notes = sets.flatMap((set) =>
    [...seedsOf(results, row, set).values()].flatMap((one) => one.energy ?? []),
  )
  const shares = notes.flatMap((note) => [...note.matchAll(/([\d.]+)%/g)].map(([, share]) => Number(share)))
  if (shares.length === 0) return '-'
  const [least, most] = [Math.min(...shares), Math.max(...shares)]
  return least === most ? `${least.toFixed(1)}%` : `${least.toFixed(1)} to ${most.toFixed(1)}%`
}

/** The command of each row, for seed 0 and the first data set that it is on, with how long it took on all of them. */
function commands(results: Results): string {
  const lines = rows.map((row) => {
    const [first = 'snips'] = row.sets ?? dataSets
    const command = shellText(commandOf({ row, seed: 0, ...(row.shared ? {} : { set: first }) }))
    const all = (row.shared ? [undefined] : (row.sets ?? dataSets)).flatMap((set) => [
      ...seedsOf(results, row, set).values(),
    ])
    return [row.title, meanTime(all), `\`distill ${command}\``]
  })
  return table(['', 'seconds', 'command'], lines)
}

/** In seconds, of runs that went through in one piece. */
function meanTime(all: readonly Result[]): string {
  const times = all.flatMap(({ seconds }) => seconds ?? [])
  return times.length === 0 ? '-' : meanOf(times).toFixed(0)
}
