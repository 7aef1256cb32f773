/**
 * `columns = ["source", "label", "sentence"]`: the names of the columns in TSV and CSV files that have no
 * header.
 */

import { needlessColumns } from '../diagnostics/messages/data.ts'
import { wrongSettingValue } from '../diagnostics/messages/settings.ts'
import type { Checker } from './checker.ts'
import type { PlacedSetting } from './effective-block.ts'
import { describe } from './entries.ts'
import type { DataSpec } from './program.ts'

/** The names, in order; undefined after reporting. */
export function columnNames(checker: Checker, { entry, file }: PlacedSetting): readonly string[] | undefined {
  const { value } = entry
  const help = 'columns = ["source", "label", "sentence"]'
  if (value.kind !== 'list' || value.items.length === 0) {
    const found = value.kind === 'list' ? 'an empty list' : describe(value)
    checker.report(
      wrongSettingValue({
        span: value.span,
        name: 'columns',
        expected: 'a list of names in quotes',
        found,
        help,
      }),
    )
    return undefined
  }
  const names = value.items.map((item) => checker.string(item, checker.scope(file), 'columns'))
  return names.some((name) => name === undefined) ? undefined : names.flatMap((name) => name ?? [])
}

/** Reports `columns` for files that name their columns themselves, or have none. */
export function checkColumns(
  checker: Checker,
  { entry }: PlacedSetting,
  { name, text, format, train, validation, test }: DataSpec,
): void {
  const { span } = entry.name
  const say = (what: string) => checker.report(needlessColumns({ span, data: name, what }))
  if (text.kind === 'lines' || text.kind === 'documents') say(`its text is ${text.kind}, which have none`)
  else if (format === 'by-extension') {
    const other = [train, validation, test].find((file) => file && !/\.(tsv|csv)(\.gz)?$/i.test(file.path))
    if (other) say(`\`${other.path.slice(other.path.lastIndexOf('/') + 1)}\` is no TSV or CSV file`)
  } else if (format !== 'tsv' && format !== 'csv') say(`its format is ${format}`)
}
