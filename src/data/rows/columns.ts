/** Finds the columns of a data block in a table. */
import type { DataSpec, TextSource } from '../../check/program.ts'
import { DiagnosticError, type Span } from '../../diagnostics/diagnostic.ts'
import { nestedColumn, repeatedColumn, unknownColumn } from '../../diagnostics/messages/data-files.ts'
import { suggest } from '../../diagnostics/suggest.ts'
import { readTable } from '../read-table.ts'
import type { Table } from '../table.ts'
import type { RowOptions } from './form.ts'

type RawText = Extract<TextSource, { kind: 'lines' | 'documents' }>

export function isRaw(text: TextSource): text is RawText {
  return text.kind === 'lines' || text.kind === 'documents'
}

/** @throws DiagnosticError E0803, E0806, E0807, E0811 */
export function tableOf(
  { format, columns }: Pick<DataSpec, 'format' | 'columns'>,
  file: string,
  span: Span,
  { limit }: RowOptions,
): Table {
  const known = format === 'text' || format === 'conll' || format === 'squad' ? 'by-extension' : format
  return readTable(file, known, {
    span,
    ...(columns ? { columns } : {}),
    ...(limit === undefined ? {} : { limit }),
  })
}

/** Values of the column that `by` names, in the order of the rows; none where no column is named. */
export function groupsOf({ by }: DataSpec, table: Table): readonly string[] {
  if (by === undefined) return []
  const column = columnIndex(table, by.column, by.span)
  return table.rows.map(({ fields }) => fields[column] ?? '')
}

/** @param lists whether the reader accepts lists; then messages list those columns, too */
export function columnIndex(table: Table, column: string, span: Span, lists = false): number {
  const index = table.columns.indexOf(column)
  if (index >= 0) {
    const positions = table.columns.flatMap((name, i) => (name === column ? [i + 1] : []))
    if (positions.length === 1) return index
    throw new DiagnosticError(repeatedColumn({ place: `${table.file}:1`, column, positions, span }))
  }
  const ofLists = [...(table.lists?.keys() ?? [])]
  const columns = lists ? [...table.columns, ...ofLists] : table.columns
  if (table.nested?.includes(column) || ofLists.includes(column)) {
    const holds = ofLists.includes(column) ? 'lists' : 'nested'
    throw new DiagnosticError(nestedColumn({ path: table.file, column, holds, readable: columns, span }))
  }
  const suggestion = suggest(column, columns)
  const near = suggestion === undefined ? {} : { suggestion }
  throw new DiagnosticError(unknownColumn({ place: `${table.file}:1`, column, columns, ...near, span }))
}
