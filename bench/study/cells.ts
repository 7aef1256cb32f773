/** What the tables of the study are made of. */

import { deviationOf, meanOf } from '../../src/train/seeds.ts'
import type { Result } from './results.ts'
import { type DataSet, type Job, jobName, type Row } from './rows.ts'

/** What stands for a data set in a table. */
export const headline: Record<DataSet, { metric: string; title: string }> = {
  snips: { metric: 'accuracy', title: 'Snips, accuracy' },
  clinc150: { metric: 'accuracy', title: 'clinc150, accuracy' },
  wnut17: { metric: 'entity_f1', title: 'WNUT17, entity F1' },
  'amazon-ratings': { metric: 'pearson', title: 'ratings, Pearson' },
  'xquad-part': { metric: 'span_f1', title: 'XQuAD part, F1' },
}

export type Results = ReadonlyMap<string, Result>
export type Split = 'validation' | 'test'

/** Results of a row on a data set, by seed. */
export function seedsOf(results: Results, row: Row, set: DataSet | undefined): Map<number, Result> {
  const found = new Map<number, Result>()
  for (let seed = 0; seed < 10; seed++) {
    const job: Job = { row, seed, ...(row.shared || set === undefined ? {} : { set }) }
    const result = results.get(jobName(job))
    if (result) found.set(seed, result)
  }
  return found
}

export function valuesOf(
  results: Results,
  row: Row,
  set: DataSet,
  split: Split,
  metric: string,
): Map<number, number> {
  const values = new Map<number, number>()
  for (const [seed, result] of seedsOf(results, row, set)) {
    const value = result[split]?.[metric]
    if (value !== undefined) values.set(seed, value)
  }
  return values
}

export function spread(values: readonly number[]): string {
  return values.length > 1
    ? `${percent(meanOf(values))} ± ${percent(deviationOf(values))}`
    : percent(values[0] ?? Number.NaN)
}

export function percent(value: number): string {
  return (100 * value).toFixed(1)
}

export function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return ['', line(head), line(head.map(() => '---')), ...body.map(line), ''].join('\n')
}
