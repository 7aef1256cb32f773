/**
 * The rows of a data block as text and label, before any tokenizer: files, columns, and errors in them.
 * load-dataset.ts encodes them.
 */

import type { FileReference } from '../check/file-reference.ts'
import type { DataSpec } from '../check/program.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { dataFilesMissing } from '../diagnostics/messages/data-files.ts'
import { noTextForTokenizer } from '../diagnostics/messages/tokenizers.ts'
import { throwTogether } from '../diagnostics/throw-together.ts'
import type { SplitName } from './dataset.ts'
import { findFiles } from './find-files.ts'
import type { RowOptions, TextRow } from './rows/form.ts'
import { rowForm } from './rows/index.ts'

export const splitNames: readonly SplitName[] = ['train', 'validation', 'test']

/** All missing files of data blocks. `train` reports these before anything else. */
export function missingFiles(specs: Iterable<DataSpec>): readonly FileReference[] {
  const missing = new Map<string, FileReference>()
  for (const spec of specs) {
    const references = splitNames.flatMap((name) => spec[name] ?? [])
    if (spec.label?.kind === 'class' && spec.label.file) references.push(spec.label.file)
    if (spec.augment?.vectors) references.push(spec.augment.vectors)
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

/**
 * The training texts of a block, to train a tokenizer. Labels are not read.
 * @throws DiagnosticError E0812 for a block without a training file
 */
export function readTexts(spec: DataSpec, limit?: number): Iterable<string> {
  const { train, tokenizer } = spec
  if (train === undefined) {
    const { span } = tokenizer.kind === 'wordpiece' ? tokenizer : spec
    throw new DiagnosticError(noTextForTokenizer({ data: spec.name, span }))
  }
  const options = { labels: false, ...(limit === undefined ? {} : { limit }) }
  return (function* () {
    for (const row of readRows(spec, train, options)) yield* row.texts
  })()
}

/**
 * The rows of one split, file by file in alphabetical order.
 * @throws DiagnosticError E0801 to E0807, E0811: all problems of the files, one diagnostic for each kind in
 * each file
 */
export function readRows(
  spec: DataSpec,
  reference: FileReference,
  options: RowOptions = { labels: true },
): readonly TextRow[] {
  const rows: TextRow[] = []
  eachFile(spec, reference, options, (some) => {
    for (const row of some) rows.push(row)
  })
  return rows
}

/** Number of rows of a split. Its files are read one after another, so that only one is in memory. */
export function countRows(spec: DataSpec, reference: FileReference, options: RowOptions): number {
  let count = 0
  eachFile(spec, reference, options, ({ length }) => {
    count += length
  })
  return count
}

/**
 * Reads each split whose files exist, and throws all errors together, with all missing files (E0801) in one
 * diagnostic.
 * @param read is called without labels if the file that lists them is missing
 */
export function eachSplit(
  spec: DataSpec,
  names: readonly SplitName[],
  read: (split: SplitName, reference: FileReference, options: RowOptions) => void,
): void {
  const { label } = spec
  const file = label?.kind === 'class' ? label.file : undefined
  const labels = file === undefined || findFiles(file.path).length > 0
  const reads = names.map((split) => () => {
    const reference = spec[split]
    if (reference !== undefined && findFiles(reference.path).length > 0) read(split, reference, { labels })
  })
  throwTogether(() => requireFiles([spec]), ...reads)
}

/** Continues after a file with errors, and throws the errors of all files together. */
function eachFile(
  spec: DataSpec,
  reference: FileReference,
  options: RowOptions,
  use: (rows: readonly TextRow[]) => void,
): void {
  const files = findFiles(reference.path)
  if (files.length === 0) throw new DiagnosticError(dataFilesMissing({ missing: [reference] }))
  const form = rowForm(spec)
  throwTogether(...files.map((file) => () => use(form.read(spec, file, reference.span, options))))
}
