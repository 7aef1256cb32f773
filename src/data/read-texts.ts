/**
 * The rows of a data block as text and label, before any tokenizer: files, columns, and errors in them.
 * load-dataset.ts encodes them.
 */

import type { FileReference } from '../check/file-reference.ts'
import type { DataSpec } from '../check/program.ts'
import { filesOf, isShare, type SplitName, splitNames } from '../check/splits.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { dataFilesMissing } from '../diagnostics/messages/data-files.ts'
import { noTextForTokenizer } from '../diagnostics/messages/tokenizers.ts'
import { throwTogether } from '../diagnostics/throw-together.ts'
import { Divisions } from './divide.ts'
import { isLarger } from './file-part.ts'
import { findFiles } from './find-files.ts'
import { shuffled, uniform } from './random.ts'
import type { RowOptions, TextRow } from './rows/form.ts'
import { rowForm } from './rows/index.ts'

/** All missing files of data blocks. `train` reports these before anything else. */
export function missingFiles(specs: Iterable<DataSpec>): readonly FileReference[] {
  const missing = new Map<string, FileReference>()
  for (const spec of specs) {
    const { label, augment } = spec
    const references = splitNames.flatMap((split) => filesOf(spec, split))
    if (label?.kind === 'class' && label.file) references.push(label.file)
    if (label && 'origin' in label && label.origin && !label.labels) references.push(...label.origin.files)
    if (augment?.vectors) references.push(augment.vectors)
    for (const reference of references) {
      if (findFiles(reference.path).length === 0) missing.set(reference.path, reference)
    }
  }
  return [...missing.values()]
}

/** @throws DiagnosticError E0801 naming every missing file of these blocks */
export function requireFiles(specs: Iterable<DataSpec>): void {
  const missing = missingFiles(specs)
  if (missing.length > 0) throw new DiagnosticError(dataFilesMissing({ missing }))
}

/** How rows are read. */
export interface ReadOptions extends RowOptions {
  /** Divisions of training files that are known; by default none. */
  readonly divisions?: Divisions
}

/**
 * The training texts of a block, to train a tokenizer.
 * @throws DiagnosticError E0812 for a block without a training file
 */
export function readTexts(spec: DataSpec, how: Omit<ReadOptions, 'labels'> = {}): Iterable<string> {
  const { train, tokenizer } = spec
  if (train === undefined) {
    const { span } = tokenizer.kind === 'wordpiece' ? tokenizer : spec
    throw new DiagnosticError(noTextForTokenizer({ data: spec.name, span }))
  }
  const options = { labels: false, ...how }
  return {
    *[Symbol.iterator]() {
      for (const row of readRows(spec, 'train', options)) yield* row.texts
    },
  }
}

/**
 * The rows of one split, file by file: files in the order of the spec, those of a pattern in alphabetical
 * order.
 * @throws DiagnosticError E0801 to E0807, E0811, E0874: all problems of the files, one diagnostic for each
 * kind in each file
 */
export function readRows(
  spec: DataSpec,
  split: SplitName,
  options: ReadOptions = { labels: true },
): readonly TextRow[] {
  return openSplits(spec, options).rows(split)
}

export interface SplitRows {
  rows(split: SplitName): readonly TextRow[]
  /** Files of a whole split are read one after another, so that only one is in memory. */
  count(split: SplitName): number
}

/** The splits of a block. Files that are divided into several splits are read once. */
function openSplits(spec: DataSpec, { divisions = new Divisions(), ...options }: ReadOptions): SplitRows {
  let divided: ReadonlyMap<SplitName, readonly TextRow[]> | undefined
  const parts = (): ReadonlyMap<SplitName, readonly TextRow[]> => {
    if (divided) return divided
    const rows: TextRow[] = []
    // The labels decide the division, also for a reader that needs none.
    eachFile(spec, 'train', { ...options, labels: labelsAreThere(spec) }, (some) => {
      for (const row of some) rows.push(row)
    })
    divided = divisions.divide(spec, rows, !isPartial(spec, options))
    return divided
  }
  const isDivided = (split: SplitName): boolean =>
    split === 'train' ? splitNames.some((name) => isShare(spec[name])) : isShare(spec[split])
  const rowsOf = (split: SplitName): readonly TextRow[] => {
    if (isDivided(split)) return parts().get(split) ?? []
    const rows: TextRow[] = []
    eachFile(spec, split, options, (some) => {
      for (const row of some) rows.push(row)
    })
    return rows
  }
  const rows = (split: SplitName): readonly TextRow[] =>
    split === 'train' ? sample(spec, rowsOf(split)) : rowsOf(split)
  const count = (split: SplitName): number => {
    if (isDivided(split)) return rows(split).length
    let sum = 0
    eachFile(spec, split, options, ({ length }) => {
      sum += length
    })
    return split === 'train' ? Math.min(sum, spec.limit ?? sum) : sum
  }
  return { rows, count }
}

/** At most `limit` rows: a random sample, in the order of the files. */
function sample({ limit, seed = 0 }: DataSpec, rows: readonly TextRow[]): readonly TextRow[] {
  if (limit === undefined || rows.length <= limit) return rows
  const drawn = shuffled(rows.length, uniform('sample of the training data', seed), 0)
  return [...drawn.subarray(0, limit).sort()].flatMap((index) => rows[index] ?? [])
}

/**
 * Reads each split whose files exist, and throws all errors together, with all missing files (E0801) in one
 * diagnostic. Labels are not read if the file that lists them is missing.
 */
export function eachSplit(
  spec: DataSpec,
  names: readonly SplitName[],
  read: (split: SplitName, from: SplitRows) => void,
  how: Omit<ReadOptions, 'labels'> = {},
): void {
  const from = openSplits(spec, { labels: labelsAreThere(spec), ...how })
  const there = names.filter(
    (split) =>
      spec[split] !== undefined && filesOf(spec, split).every(({ path }) => findFiles(path).length > 0),
  )
  // Errors in training files count once, not again for each split that is taken from them.
  const taken = there.filter((split) => split === 'train' || isShare(spec[split]))
  const reads = there.filter((split) => !taken.includes(split)).map((split) => () => read(split, from))
  const readTaken = () => {
    for (const split of taken) read(split, from)
  }
  throwTogether(() => requireFiles([spec]), readTaken, ...reads)
}

function labelsAreThere({ label }: DataSpec): boolean {
  if (label === undefined || label.kind === 'number' || label.kind === 'span') return true
  if (label.labels !== undefined) return true
  return label.kind === 'class' && label.file !== undefined && findFiles(label.file.path).length > 0
}

/** Whether only a part of some training file is read. */
function isPartial(spec: DataSpec, { limit }: RowOptions): boolean {
  return filesOf(spec, 'train').some(({ path }) => findFiles(path).some((file) => isLarger(file, limit)))
}

/** A pattern may match thousands of files, all with the same mistake. */
const mostWrong = 10

/** Continues after a file with errors, and throws the errors of the first such files together. */
function eachFile(
  spec: DataSpec,
  split: SplitName,
  options: RowOptions,
  use: (rows: readonly TextRow[]) => void,
): void {
  const references = filesOf(spec, split)
  const missing = references.filter(({ path }) => findFiles(path).length === 0)
  if (missing.length > 0) throw new DiagnosticError(dataFilesMissing({ missing }))
  const form = rowForm(spec)
  const read = new Set<string>()
  let wrong = 0
  throwTogether(
    ...references.flatMap(({ path, span }) =>
      findFiles(path).map((file) => () => {
        // Two patterns may match one file.
        if (read.has(file) || wrong === mostWrong) return
        read.add(file)
        wrong++
        use(form.read(spec, file, span, options))
        wrong--
      }),
    ),
  )
}
