/**
 * Columns of data files: `column("label")`, and `columns = ["source", "label", "sentence"]`, the names of the
 * columns in TSV and CSV files that have no header.
 */

import { needlessColumns } from '../diagnostics/messages/data.ts'
import { wrongSettingValue } from '../diagnostics/messages/settings.ts'
import type { Expression } from '../syntax/expressions.ts'
import type { Checker } from './checker.ts'
import type { PlacedSetting } from './effective-block.ts'
import { callOf, describe } from './entries.ts'
import type { DataSpec } from './program.ts'
import { filesOf, splitNames } from './splits.ts'

/** `column("label")` -> `label`. */
export function columnName(checker: Checker, expression: Expression, setting: string): string | undefined {
  const form = callOf(expression, ['column'])
  const argument = form?.call.arguments[0]
  if (
    form?.call.arguments.length === 1 &&
    argument?.name === undefined &&
    argument?.value.kind === 'string'
  ) {
    return argument.value.value
  }
  const found = describe(expression)
  const help =
    expression.kind === 'string'
      ? `column(${expression.text})`
      : 'a column is named in quotes: column("text")'
  checker.report(
    wrongSettingValue({ span: expression.span, name: setting, expected: 'column("NAME")', found, help }),
  )
  return undefined
}

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
export function checkColumns(checker: Checker, { entry }: PlacedSetting, data: DataSpec): void {
  const { name, text, format } = data
  const { span } = entry.name
  const say = (what: string) => checker.report(needlessColumns({ span, data: name, what }))
  if (text.kind === 'lines' || text.kind === 'documents') say(`its text is ${text.kind}, which have none`)
  else if (format === 'by-extension') {
    const other = splitNames
      .flatMap((split) => filesOf(data, split))
      .find(({ path }) => !/\.(tsv|csv)(\.gz)?$/i.test(path))
    if (other) say(`\`${other.path.slice(other.path.lastIndexOf('/') + 1)}\` is no TSV or CSV file`)
  } else if (format !== 'tsv' && format !== 'csv') say(`its format is ${format}`)
}
