/** What two rows differ by, seed by seed: both begin from the same teacher and read the same batches, so less of it is chance than of their means' difference. */

import { deviationOf, meanOf } from '../../src/train/seeds.ts'
import { headline, type Results, type Split, table, valuesOf } from './cells.ts'
import { type DataSet, dataSets, type Row, rows } from './rows.ts'

/** A question of the claims, and the rows that answer it: the second less the first. */
const questions: readonly (readonly [title: string, without: string, with_: string])[] = [
  ['DistilBERT: its pre-training, before labels', 'alone-3', 'distilbert-labels'],
  [
    'DistilBERT: pre-training and teacher, over the teacher on the task alone',
    'distilbert-direct',
    'distilbert',
  ],
  ['DistilBERT: the teacher in the second step', 'distilbert-labels', 'distilbert'],
  ['TinyBERT: layers before answers', 'tinybert-answers', 'tinybert-direct'],
  ['TinyBERT: the general stage', 'tinybert-direct', 'tinybert'],
  ['TinyBERT: the general stage, with augmentation', 'tinybert-direct-augmented', 'tinybert-augmented'],
  ['TinyBERT: augmentation', 'tinybert', 'tinybert-augmented'],
  ['TinyBERT: augmentation, without the general stage', 'tinybert-direct', 'tinybert-direct-augmented'],
  ['TinyBERT: all of it, over the student alone', 'alone-2', 'tinybert'],
  [
    'sharing the feed-forward part, over sharing attention: embedding of 128',
    'albert-1-6-128',
    'albert-6-1-128',
  ],
  ['the same, embedding of 32', 'albert-1-6-32', 'albert-6-1-32'],
  ['an embedding of 32 over one of 128, nothing shared', 'albert-6-6-128', 'albert-6-6-32'],
]

/** `+1.1 ± 0.4 (3 of 3)`: mean and deviation of the differences in points, and how many of them are above 0. */
export function differences(results: Results, split: Split): string {
  const body = questions.map(([title, without, with_]) => [
    title,
    ...dataSets.map((set) => cell(results, [rowOf(without), rowOf(with_)], set, split)),
  ])
  return table(['', ...dataSets.map((set) => headline[set].title)], body)
}

function cell(results: Results, [without, with_]: readonly [Row, Row], set: DataSet, split: Split): string {
  if (with_.sets && !with_.sets.includes(set)) return ''
  const [before, after] = [without, with_].map((row) =>
    valuesOf(results, row, set, split, headline[set].metric),
  )
  const all = [...(before ?? [])].flatMap(([seed, value]) => {
    const other = after?.get(seed)
    return other === undefined ? [] : [100 * (other - value)]
  })
  if (all.length === 0) return '-'
  const above = all.filter((one) => one > 0).length
  const deviation = all.length > 1 ? ` ± ${deviationOf(all).toFixed(1)}` : ''
  return `${signed(meanOf(all))}${deviation} (${above} of ${all.length})`
}

function signed(points: number): string {
  const text = points.toFixed(1)
  if (Number(text) === 0) return '0.0'
  return points > 0 ? `+${text}` : text
}

function rowOf(name: string): Row {
  const row = rows.find((one) => one.name === name)
  if (row === undefined) throw new Error(`no row ${name}`)
  return row
}
