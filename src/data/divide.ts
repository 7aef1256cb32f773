/**
 * Takes `validation = 20%` and `test = 10%` from the rows of the training files.
 *
 * - Every part has its share of each class, to within one example. A class always keeps one for training.
 *   Numbers are in ten classes of equal size, from the lowest to the highest. Tags and spans are in one.
 * - Rows with the same text, or with the same value of the column `by`, stay together. Then shares are met as
 *   closely as whole groups allow.
 * - Which rows are taken depends on their texts and on the seed of the block only: not on the run, nor on the
 *   order or the names of files.
 */
import type { DataSpec } from '../check/program.ts'
import { isShare, type SplitName, splitNames } from '../check/splits.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { emptyShare } from '../diagnostics/messages/data-files.ts'
import { uniform } from './random.ts'
import type { TextRow } from './rows/form.ts'
import { sharedText } from './same-text.ts'

/** Rows that stay together: how many of each class, and the rows by number. */
interface Group {
  readonly rows: readonly number[]
  readonly classes: ReadonlyMap<number, number>
  /** Decides the order in which groups are taken. */
  readonly draw: number
}

/** Classes of numbers. */
const bins = 10

/** A part that is taken, and how many examples of each class it still lacks. */
interface Taken {
  readonly split: SplitName
  readonly lacks: Map<number, number>
  readonly rows: number[]
}

/** The rows of each part by number, in the order of the files. */
type Division = ReadonlyMap<SplitName, readonly number[]>

/** Divides the training files of data blocks, each once. */
export class Divisions {
  private readonly known = new Map<DataSpec, { readonly rows: number; readonly division: Division }>()

  /**
   * @param all whether these are all rows of the training files
   * @throws DiagnosticError E0874 if all rows leave nothing for a part
   */
  divide(spec: DataSpec, rows: readonly TextRow[], all: boolean): ReadonlyMap<SplitName, readonly TextRow[]> {
    const before = this.known.get(spec)
    const division = before?.rows === rows.length ? before.division : divisionOf(spec, rows)
    this.known.set(spec, { rows: rows.length, division })
    for (const [split, { length }] of division) {
      const part = spec[split]
      if (length === 0 && all && isShare(part))
        throw new DiagnosticError(emptyShare({ ...part, data: spec.name, split, rows: rows.length }))
    }
    return new Map(
      [...division].map(([split, numbers]) => [split, numbers.flatMap((number) => rows[number] ?? [])]),
    )
  }
}

function divisionOf(spec: DataSpec, rows: readonly TextRow[]): Division {
  const groups = groupsOf(rows, spec)
  const left = new Map<number, number>()
  for (const { classes } of groups) for (const [one, count] of classes) add(left, one, count)
  const spare = new Map([...left].map(([one, count]) => [one, count - 1]))
  const taken = splitNames.flatMap((split): Taken[] => {
    const part = spec[split]
    return isShare(part) ? [{ split, lacks: shareOut(part.share, left, spare), rows: [] }] : []
  })
  const training: number[] = []
  for (const group of groups) {
    const keeps = [...group.classes].every(([one, count]) => (left.get(one) ?? 0) > count)
    const [best] = taken.map((part) => ({ part, gain: gainOf(part, group) })).sort((a, b) => b.gain - a.gain)
    const chosen = keeps && best && best.gain > 0 ? best.part : undefined
    for (const row of group.rows) (chosen?.rows ?? training).push(row)
    if (chosen === undefined) continue
    for (const [one, count] of group.classes) {
      add(chosen.lacks, one, -count)
      add(left, one, -count)
    }
  }
  const sorted = (numbers: number[]) => numbers.sort((a, b) => a - b)
  return new Map([
    ['train', sorted(training)],
    ...taken.map((part) => [part.split, sorted(part.rows)] as const),
  ])
}

/**
 * How many examples of each class a part takes: the whole part of its share, and one more for the largest
 * remainders, so that the sum is right. Never more than `spare` has, which is reduced.
 */
function shareOut(
  share: number,
  counts: ReadonlyMap<number, number>,
  spare: Map<number, number>,
): Map<number, number> {
  const wanted = new Map<number, number>()
  const remainders: { readonly one: number; readonly rest: number }[] = []
  let sum = 0
  for (const [one, count] of counts) {
    sum += count
    // 0.1 * 30 is a little more than 3.
    const exact = Number((share * count).toPrecision(12))
    wanted.set(one, Math.min(Math.floor(exact), spare.get(one) ?? 0))
    remainders.push({ one, rest: exact - Math.floor(exact) })
  }
  let more = Math.round(share * sum)
  for (const count of wanted.values()) more -= count
  for (const { one, rest } of remainders.sort((a, b) => b.rest - a.rest || a.one - b.one)) {
    if (more <= 0 || rest === 0) break
    if ((wanted.get(one) ?? 0) >= (spare.get(one) ?? 0)) continue
    add(wanted, one, 1)
    more--
  }
  for (const [one, count] of wanted) add(spare, one, -count)
  return wanted
}

/** By how much a group brings a part nearer to its counts: the decrease of the sum of squares. */
function gainOf({ lacks }: Taken, { classes }: Group): number {
  let gain = 0
  for (const [one, count] of classes) gain += count * (2 * (lacks.get(one) ?? 0) - count)
  return gain
}

/** Groups of rows in a random order that depends on their texts. */
function groupsOf(rows: readonly TextRow[], { label, by, seed = 0 }: DataSpec): readonly Group[] {
  const texts = rows.map(sharedText)
  const roots = rootsOf(rows.length, [texts, rows.map(({ group }) => (group === '' ? undefined : group))])
  const members = new Map<number, number[]>()
  for (const [row, root] of roots.entries()) {
    const known = members.get(root)
    if (known) known.push(row)
    else members.set(root, [row])
  }
  const classOf = classesOf(rows, label)
  const groups = [...members.values()].map((numbers): Group => {
    const classes = new Map<number, number>()
    for (const row of numbers) add(classes, classOf(rows[row]), 1)
    const names = numbers.map((row) => (by ? rows[row]?.group : undefined) || (texts[row] ?? ''))
    const [name = ''] = names.length === 1 ? names : names.sort()
    return { rows: numbers, classes, draw: uniform('shares of the training data', seed, name)(0) }
  })
  return groups.sort((a, b) => a.draw - b.draw)
}

/** The class of a row, of which every part has its share. */
function classesOf(rows: readonly TextRow[], label: DataSpec['label']): (row?: TextRow) => number {
  if (label?.kind === 'class') return (row) => row?.label ?? 0
  if (label?.kind !== 'number') return () => 0
  const values = Float64Array.from(rows, (row) => row.label ?? 0).sort()
  const bounds = Array.from(
    { length: bins - 1 },
    (_, k) => values[Math.floor(((k + 1) * values.length) / bins)],
  )
  // Equal numbers are in one class.
  return (row) => bounds.filter((bound = 0) => bound <= (row?.label ?? 0)).length
}

/**
 * For each item the first item that it is joined with: directly, or over others, by a key that both have in
 * one of the lists.
 */
function rootsOf(count: number, lists: readonly (readonly (string | undefined)[])[]): Int32Array {
  const parents = Int32Array.from({ length: count }, (_, i) => i)
  const rootOf = (item: number): number => {
    let root = item
    while (parents[root] !== root) root = parents[root] ?? root
    for (let at = item; at !== root; ) {
      const next = parents[at] ?? root
      parents[at] = root
      at = next
    }
    return root
  }
  for (const keys of lists) {
    const first = new Map<string, number>()
    for (const [item, key] of keys.entries()) {
      if (key === undefined) continue
      const known = first.get(key)
      if (known === undefined) first.set(key, item)
      else {
        const [a, b] = [rootOf(known), rootOf(item)]
        parents[Math.max(a, b)] = Math.min(a, b)
      }
    }
  }
  return parents.map((_, item) => rootOf(item))
}

function add(counts: Map<number, number>, key: number, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count)
}
