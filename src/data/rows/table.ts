/** Rows of a table: one or two texts, with a class or a number if the data has labels. */
import type { DataSpec, LabelSource } from '../../check/program.ts'
import { DiagnosticError, type Span } from '../../diagnostics/diagnostic.ts'
import { labelNotANumber, unknownLabel } from '../../diagnostics/messages/data-files.ts'
import { suggest } from '../../diagnostics/suggest.ts'
import { throwTogether } from '../../diagnostics/throw-together.ts'
import { labelNames } from '../label-names.ts'
import { alsoIn, shorten } from '../read-table.ts'
import type { Table } from '../table.ts'
import { columnIndex, groupsOf, isRaw, tableOf } from './columns.ts'
import type { RowForm, TextRow } from './form.ts'
import { isConll, words } from './words.ts'

/** One or two columns of texts, and the values of `readLabels`. */
function tableForm(readLabels: (table: Table, label: LabelSource) => readonly number[]): RowForm {
  return {
    oneExample: true,
    read(spec, file, span, options) {
      const { label } = spec
      if (isConll(spec, file)) return words.read(spec, file, span, options)
      return rowsOf(spec, tableOf(spec, file, span, options), (table) =>
        label && options.labels ? readLabels(table, label) : [],
      )
    },
    encode: words.encode,
  }
}

export const unlabelled = tableForm(() => [])

export const classes = tableForm((table, label) => {
  if (label.kind !== 'class') return []
  const column = columnIndex(table, label.column, label.span)
  return readClasses(table, column, labelNames(label) ?? [], label.span)
})

export const numbers = tableForm((table, label) =>
  label.kind === 'number'
    ? readNumbers(table, columnIndex(table, label.column, label.span), label.column, label.span)
    : [],
)

function rowsOf(
  spec: DataSpec,
  table: Table,
  readLabels: (table: Table) => readonly number[],
): readonly TextRow[] {
  const { text } = spec
  if (isRaw(text)) return []
  const names = text.kind === 'pair' ? text.columns : [text.column]
  let columns: readonly number[] = []
  let labels: readonly number[] = []
  let groups: readonly string[] = []
  throwTogether(
    () => {
      columns = names.map((name) => columnIndex(table, name, text.span))
    },
    () => {
      labels = readLabels(table)
    },
    () => {
      groups = groupsOf(spec, table)
    },
  )
  return table.rows.map((row, i) => {
    const texts = columns.map((column) => row.fields[column] ?? '')
    const [value, group] = [labels[i], groups[i]]
    return {
      file: table.file,
      line: row.line,
      texts,
      ...(value === undefined ? {} : { label: value }),
      ...(group === undefined ? {} : { group }),
    }
  })
}

function readClasses(table: Table, column: number, names: readonly string[], span: Span): readonly number[] {
  const index = new Map(names.map((name, i) => [name, i]))
  const wrong = table.rows.filter((row) => !index.has(row.fields[column] ?? ''))
  const [first, ...others] = wrong
  if (first !== undefined) {
    const read = first.fields[column] ?? ''
    const suggestion = suggest(read, names)
    const near = suggestion === undefined ? {} : { suggestion }
    const place = placeOf(table, first, column)
    throw new DiagnosticError(
      unknownLabel({ place, read: shown(read), labels: names, ...near, also: alsoIn(others), span }),
    )
  }
  return table.rows.map((row) => index.get(row.fields[column] ?? '') ?? 0)
}

/** Decimal notation only: no hexadecimal, no `Infinity`, no empty field. */
const decimal = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/

function readNumbers(table: Table, column: number, name: string, span: Span): readonly number[] {
  const [first, ...others] = table.rows.filter((row) => !decimal.test(row.fields[column] ?? ''))
  if (first !== undefined) {
    const read = first.fields[column] ?? ''
    const place = placeOf(table, first, column)
    throw new DiagnosticError(
      labelNotANumber({ place, read: shown(read), column: name, also: alsoIn(others), span }),
    )
  }
  return table.rows.map((row) => Number(row.fields[column] ?? ''))
}

/** A field as messages quote it. */
function shown(field: string): string {
  return shorten(field).slice(1, -1)
}

/**
 * `train.tsv:17:9`: file and line. In TSV also the character at which the field begins, which is certain
 * there.
 */
function placeOf(table: Table, row: { line: number; fields: readonly string[] }, column: number): string {
  if (table.format !== 'tsv') return `${table.file}:${row.line}`
  const before = row.fields.slice(0, column).reduce((sum, field) => sum + field.length + 1, 0)
  return `${table.file}:${row.line}:${before + 1}`
}
