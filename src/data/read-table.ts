/**
 * Tables from TSV, CSV, JSON lines, Parquet and whole files: named columns, and the place of each row, so
 * that messages can name line and column. All problems of one kind in a file are one diagnostic, with the
 * first row in full and the lines of the others.
 */

import path from 'node:path'
import { CsvError, parse } from 'csv-parse/sync'
import { DiagnosticError, type Span } from '../diagnostics/diagnostic.ts'
import {
  noExamples,
  unknownFormat,
  unreadableRow,
  wrongFieldCount,
} from '../diagnostics/messages/data-files.ts'
import { isSystemError, reasonOf } from '../disk/system-error.ts'
import { parsedJson } from '../files/json.ts'
import { fileLimits } from '../files/limits.ts'
import { invalidLine } from '../files/utf8.ts'
import { isLarger, readUnpacked } from './file-part.ts'
import { readParquet } from './read-parquet.ts'
import type { Row, Table, TableFormat, TextFormat } from './table.ts'

/** The format of a file by its extension, without `.gz`. */
export function formatOf(file: string): TableFormat | 'text' | undefined {
  const extension = /\.([a-z]+)(?:\.gz)?$/i.exec(file)?.[1]?.toLowerCase()
  switch (extension) {
    case 'tsv':
    case 'csv':
    case 'jsonl':
    case 'parquet':
      return extension
    case 'ndjson':
      return 'jsonl'
    case 'txt':
    case 'text':
      return 'text'
    default:
      return undefined
  }
}

export interface TableOptions {
  readonly span?: Span
  /** Bytes. Of a larger file, only the complete rows in its first ones are read. */
  readonly limit?: number
  /** Names of the columns in TSV and CSV files without a header line. */
  readonly columns?: readonly string[]
}

/**
 * @param file must exist (see `findFiles`)
 * @throws DiagnosticError E0803 (fields), E0806 (no rows), E0807 (a row that cannot be read), E0811 (format
 * unknown)
 */
export function readTable(
  file: string,
  format: TableFormat | 'by-extension',
  { span, columns, limit }: TableOptions = {},
): Table {
  const chosen = format === 'by-extension' ? formatOf(file) : format
  const place = span === undefined ? {} : { span }
  if (chosen === undefined || chosen === 'text') {
    throw new DiagnosticError(
      unknownFormat({ path: file, known: ['tsv', 'csv', 'jsonl', 'parquet', 'files'], ...place }),
    )
  }
  if (chosen === 'files') return fileAsRow(file, span, limit)
  const table =
    chosen === 'parquet'
      ? readParquet(file, { span, limit })
      : readers[chosen](readText(file, { span, limit }), file, {
          ...place,
          ...(columns ? { columns } : {}),
          ...(limit === undefined ? {} : { limit }),
        })
  if (table.rows.length === 0 && !isLarger(file, limit)) {
    const found =
      table.columns.length === 0
        ? 'the file is empty'
        : chosen === 'parquet'
          ? 'it has no rows'
          : columns === undefined
            ? 'there is nothing below the header'
            : 'the file is empty'
    throw new DiagnosticError(noExamples({ path: file, found, ...place }))
  }
  return table
}

/** The name of the folder in which a file lies. */
export function folderOf(file: string): string {
  return path.basename(path.dirname(path.resolve(file)))
}

/** The whole file is one text. Its label may be the name of its folder. */
function fileAsRow(file: string, span?: Span, limit?: number): Table {
  const text = readText(file, { span, limit }).trim()
  if (text === '' && !isLarger(file, limit))
    throw new DiagnosticError(
      noExamples({ path: file, found: 'it holds no text', ...(span === undefined ? {} : { span }) }),
    )
  const rows = [{ line: 1, fields: [text, folderOf(file)] }]
  return { file, format: 'files', columns: ['text', 'folder'], rows }
}

export interface TextOptions {
  readonly span?: Span | undefined
  /** Bytes: of a larger file only the whole lines among its first ones are read. */
  readonly limit?: number | undefined
  /** Whether a line may be as long as the file, as in JSON (default: no). */
  readonly longLines?: boolean
}

/**
 * A file's text without a byte order mark. UTF-16 and binary files are refused.
 * @throws DiagnosticError E0807, with the line, for what is no UTF-8 and for lines over `fileLimits.line`
 */
export function readText(file: string, { span, limit, longLines = false }: TextOptions = {}): string {
  const refuse = (line: number, problem: string, help: string): DiagnosticError =>
    new DiagnosticError(unreadableRow({ place: `${file}:${line}`, problem, help, ...(span && { span }) }))
  const { bytes, text: decoded } = withFile(file, span, () => decode(file, limit))
  const utf8 = 'save the file as UTF-8'
  const line = decoded.includes('\ufffd') ? invalidLine(bytes) : undefined
  if (line !== undefined) throw refuse(line, 'there are bytes that are no UTF-8', utf8)
  const text = decoded.replace(/^\uFEFF/, '')
  const zero = text.indexOf('\0')
  if (zero >= 0) {
    const before = text.slice(0, zero).split('\n').length
    throw refuse(before, 'there is a zero byte: this is no UTF-8 text', utf8)
  }
  const long = longLines ? undefined : tooLongLine(text)
  if (long !== undefined) throw refuse(long, `the line is longer than ${mostInLine} characters`, longLine)
  return text
}

const mostInLine = fileLimits.line.toLocaleString('en')
const longLine = 'a line holds one text or row: divide it, or check the ends of lines'

function decode(file: string, limit: number | undefined): { bytes: Buffer; text: string } {
  const all = readUnpacked(file, limit)
  const bytes = isLarger(file, limit) ? all.subarray(0, all.lastIndexOf('\n') + 1) : all
  return { bytes, text: bytes.toString('utf8') }
}

function tooLongLine(text: string): number | undefined {
  let line = 1
  for (let from = 0; text.length - from > fileLimits.line; line++) {
    const end = text.indexOf('\n', from)
    if (end < 0 || end - from > fileLimits.line) return line
    from = end + 1
  }
  return undefined
}

/** Reads, and throws what the system or zlib refuses as E0807. */
export function withFile<Result>(file: string, span: Span | undefined, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    const place = { place: file, ...(span === undefined ? {} : { span }) }
    if (tooLarge.includes(String(error.code))) {
      const help = 'split it into several and name them by a pattern: train = "data/wiki/*.txt"'
      throw new DiagnosticError(unreadableRow({ ...place, problem: 'the file is larger than 512 MiB', help }))
    }
    if (String(error.code).startsWith('Z_')) {
      const problem = `it cannot be unpacked as gzip: ${error.message}`
      throw new DiagnosticError(unreadableRow({ ...place, problem, help: 'pack it again: gzip FILE' }))
    }
    if (!isSystemError(error)) throw error
    const problem = `it cannot be read: ${reasonOf(error)}`
    throw new DiagnosticError(unreadableRow({ ...place, problem, help: 'check who may read the file' }))
  }
}

const tooLarge = ['ERR_STRING_TOO_LONG', 'ERR_FS_FILE_TOO_LARGE', 'ERR_BUFFER_TOO_LARGE']

const readers: Readonly<Record<TextFormat, (text: string, file: string, options: TableOptions) => Table>> = {
  tsv: readTsv,
  csv: readCsv,
  jsonl: readJsonLines,
}

/**
 * The format of GLUE: a tab separates fields, the end of a line ends the row, and quotes are ordinary
 * characters.
 */
function readTsv(text: string, file: string, { span, columns: named }: TableOptions): Table {
  const lines = text.split(/\r?\n/)
  const [header = ''] = lines
  const columns = named ?? (header === '' ? [] : header.split('\t'))
  const rows: Row[] = []
  for (let i = named ? 0 : 1; i < lines.length; i++) {
    const line = lines[i] ?? ''
    if (line !== '') rows.push({ line: i + 1, fields: line.split('\t') })
  }
  checkFields(rows, columns, file, 'a tab', span)
  return { file, format: 'tsv', columns, rows }
}

/** RFC 4180: fields may be in double quotes, and then contain commas and line ends. */
function readCsv(text: string, file: string, { span, columns: named, limit }: TableOptions): Table {
  const rows: Row[] = []
  let before = 0
  try {
    parse(text, {
      relax_column_count: true,
      on_record: (fields: string[], { lines }) => {
        if (fields.length > 1 || fields[0] !== '') rows.push({ line: before + 1, fields })
        before = lines
        return null
      },
    })
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const unclosed = error.code === 'CSV_QUOTE_NOT_CLOSED'
    // The field may end beyond the part that is read.
    if (unclosed && isLarger(file, limit)) return csvTable(rows, file, named, span)
    const line = !unclosed && typeof error.lines === 'number' ? error.lines : before + 1
    const place = span === undefined ? {} : { span }
    throw new DiagnosticError(
      unreadableRow({
        place: `${file}:${line}`,
        problem: unclosed ? 'a quote that begins a field is never closed' : 'a quote inside a field',
        help: 'in CSV a field with a quote stands in quotes, with its own doubled: "say ""so"""',
        ...place,
      }),
    )
  }
  return csvTable(rows, file, named, span)
}

function csvTable(rows: Row[], file: string, named: TableOptions['columns'], span?: Span): Table {
  const columns = named ?? rows.shift()?.fields ?? []
  checkFields(rows, columns, file, 'a comma', span)
  return { file, format: 'csv', columns, rows }
}

/**
 * An object in each line. The columns are the keys of the first, and every line must have them. Numbers and
 * booleans become text.
 */
function readJsonLines(text: string, file: string, { span }: TableOptions): Table {
  const rows: Row[] = []
  let columns: readonly string[] | undefined
  const bad: { line: number; problem: string }[] = []
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue
    const parsed = parseObject(line)
    if (typeof parsed === 'string') {
      bad.push({ line: i + 1, problem: parsed })
      continue
    }
    columns ??= [...parsed.keys()]
    const absent = columns.find((column) => !parsed.has(column))
    if (absent === undefined)
      rows.push({ line: i + 1, fields: columns.map((column) => textOf(parsed.get(column))) })
    else bad.push({ line: i + 1, problem: `the object has no key \`${absent}\`, as the first has` })
  }
  const [first, ...others] = bad
  if (first !== undefined) {
    const place = span === undefined ? {} : { span }
    const help = `each line is one object, such as {"text": "a fine film", "label": "positive"}${alsoIn(others)}`
    throw new DiagnosticError(
      unreadableRow({ place: `${file}:${first.line}`, problem: first.problem, help, ...place }),
    )
  }
  return { file, format: 'jsonl', columns: columns ?? [], rows }
}

function parseObject(line: string): ReadonlyMap<string, unknown> | string {
  const parsed = parsedJson(line)
  if (parsed === undefined) return `${shorten(line)} is not JSON`
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    return `${shorten(line)} is no JSON object`
  return new Map(Object.entries(parsed))
}

function textOf(value: unknown): string {
  return typeof value === 'string'
    ? value
    : value === null || value === undefined
      ? ''
      : JSON.stringify(value)
}

function checkFields(
  rows: readonly Row[],
  columns: readonly string[],
  file: string,
  separator: string,
  span?: Span,
): void {
  const [first, ...others] = rows.filter((row) => row.fields.length !== columns.length)
  if (first === undefined) return
  throw new DiagnosticError(
    wrongFieldCount({
      place: `${file}:${first.line}`,
      expected: columns.length,
      found: first.fields.length,
      read: shorten(first.fields.join(' | ')),
      also: alsoIn(others),
      separator,
      ...(span === undefined ? {} : { span }),
    }),
  )
}

/** `; also in lines 7, 9 and 12 more`, or nothing. */
export function alsoIn(rows: readonly { readonly line: number }[]): string {
  if (rows.length === 0) return ''
  const shown = rows.slice(0, 5).map((row) => row.line)
  const more = rows.length > shown.length ? ` and ${rows.length - shown.length} more` : ''
  return `; also in line${rows.length > 1 ? 's' : ''} ${shown.join(', ')}${more}`
}

/** A text as messages quote it: at most 60 characters, without control characters. */
export function shorten(text: string): string {
  const characters = [...text.replaceAll(/\p{Cc}/gu, ' ')]
  return `\`${characters.length > 60 ? `${characters.slice(0, 57).join('')}...` : characters.join('')}\``
}
