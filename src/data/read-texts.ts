/**
 * The rows of a data block as text and label, before any tokenizer: which files, which columns, and what is wrong with them. Encoding them is
 * load-dataset.ts's.
 */

import { labelLines } from '../check/data-labels.ts'
import type { FileReference } from '../check/file-reference.ts'
import type { DataSpec, LabelSource, TextSource } from '../check/program.ts'
import { DiagnosticError, type Span } from '../diagnostics/diagnostic.ts'
import {
  dataFilesMissing,
  labelNotANumber,
  nestedColumn,
  noExamples,
  repeatedColumn,
  unknownColumn,
  unknownFormat,
  unknownLabel,
} from '../diagnostics/messages/data-files.ts'
import { noTextForTokenizer } from '../diagnostics/messages/tokenizers.ts'
import { suggest } from '../diagnostics/suggest.ts'
import type { SplitName } from './dataset.ts'
import { isLarger } from './file-part.ts'
import { findFiles } from './find-files.ts'
import { type Question, readSquad } from './read-squad.ts'
import { alsoIn, readTable, readText, shorten } from './read-table.ts'
import { type ListColumn, readConll, readTaggedTable, type TaggedRow, textLists } from './read-tags.ts'
import type { Table, TableFormat } from './table.ts'

/** One row of a table, or one text of a corpus. */
export interface TextRow {
  readonly file: string
  readonly line: number
  /** One text, or two (pairs). A document is its lines. */
  readonly texts: readonly string[]
  /** Class index or number. */
  readonly label?: number
  /** The words as the data parts them, and the tag index of each (`tags` is absent where labels are not read). */
  readonly words?: readonly string[]
  readonly tags?: readonly number[]
  /** A question on a paragraph: `texts` are it and, at the first question of a paragraph, its context. */
  readonly question?: Question
}

export const splitNames: readonly SplitName[] = ['train', 'validation', 'test']

/** Files that data blocks or weights need and that are not there, all at once: `train` reports these before anything else. */
export function missingFiles(specs: Iterable<DataSpec>): readonly FileReference[] {
  const missing = new Map<string, FileReference>()
  for (const spec of specs) {
    const references = splitNames.flatMap((name) => spec[name] ?? [])
    if (spec.label?.kind === 'class-file') references.push(spec.label.file)
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

/** The label names of a class, from the spec or from its file (one a line); undefined for numbers. */
export function labelNames(label: LabelSource | undefined): readonly string[] | undefined {
  if (label === undefined) return undefined
  if (label.kind === 'class' || label.kind === 'tags') return label.labels
  if (label.kind !== 'class-file') return undefined
  if (label.labels !== undefined) return label.labels
  const { path, span } = label.file
  if (findFiles(path).length === 0) throw new DiagnosticError(dataFilesMissing({ missing: [label.file] }))
  const names = labelLines(readText(path, span)) ?? []
  if (names.every((name) => name === ''))
    throw new DiagnosticError(noExamples({ path, found: 'it lists no label', span }))
  return names
}

export interface RowOptions {
  readonly labels: boolean
  /** Bytes: of a larger file only its first ones are read. */
  readonly limit?: number
}

/**
 * The training texts of a block alone, for training a tokenizer: labels are not looked at.
 * @throws DiagnosticError E0812 where it has no training file
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
 * @throws DiagnosticError E0801 to E0807, E0811: every problem of the files, one diagnostic for each kind in each file
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

/** How many rows a split has. Its files are read one after the other, so that of many no more than one stands in memory. */
export function countRows(spec: DataSpec, reference: FileReference, options: RowOptions): number {
  let count = 0
  eachFile(spec, reference, options, ({ length }) => {
    count += length
  })
  return count
}

/**
 * Reads each split whose files are there, and throws what is wrong with all of them, missing files (E0801) in one diagnostic.
 * @param read without labels where the file that lists them is missing
 */
export function eachSplit(
  spec: DataSpec,
  names: readonly SplitName[],
  read: (split: SplitName, reference: FileReference, options: RowOptions) => void,
): void {
  const problems = new DiagnosticCollector()
  problems.attempt(() => requireFiles([spec]))
  const { label } = spec
  const labels = label?.kind !== 'class-file' || findFiles(label.file.path).length > 0
  for (const split of names) {
    const reference = spec[split]
    if (reference !== undefined && findFiles(reference.path).length > 0)
      problems.attempt(() => read(split, reference, { labels }))
  }
  problems.raise()
}

/** Goes on after a file that is wrong, and throws what is wrong with all of them. */
function eachFile(
  spec: DataSpec,
  reference: FileReference,
  options: RowOptions,
  use: (rows: readonly TextRow[]) => void,
): void {
  const files = findFiles(reference.path)
  if (files.length === 0) throw new DiagnosticError(dataFilesMissing({ missing: [reference] }))
  const problems = new DiagnosticCollector()
  for (const file of files) problems.attempt(() => use(readFile(spec, file, reference.span, options)))
  problems.raise()
}

function readFile(
  spec: DataSpec,
  file: string,
  span: Span,
  { labels, limit }: RowOptions,
): readonly TextRow[] {
  const { text } = spec
  const label = labels ? spec.label : undefined
  if (isRaw(text)) return readRaw(file, text.kind, span, limit)
  // JSON has no rows before its end.
  if (spec.label?.kind === 'span') return isLarger(file, limit) ? [] : readQuestions(spec, file, labels, span)
  if (spec.format === 'conll' || (spec.format === 'by-extension' && /\.conll$/i.test(file))) {
    const tags = label?.kind === 'tags' ? label : undefined
    return readConll(file, tags, span, limit).map(withText)
  }
  const table = readTable(file, tableFormat(spec), {
    span,
    ...(spec.columns ? { columns: spec.columns } : {}),
    ...(limit === undefined ? {} : { limit }),
  })
  if (spec.label?.kind !== 'tags') return readLabelled(table, text, label)
  const words = listColumn(table, text.kind === 'pair' ? text.columns[0] : text.column, text.span)
  const tags = label?.kind === 'tags' ? label : undefined
  const tagColumn = tags === undefined ? undefined : listColumn(table, tags.column, tags.span)
  return readTaggedTable(table, words, tagColumn, tags).map(withText)
}

function listColumn(table: Table, name: string, span: Span): ListColumn {
  const lists = table.lists?.get(name)
  return { name, lists: lists?.() ?? textLists(table, columnIndex(table, name, span, true)) }
}

function withText(row: TaggedRow): TextRow {
  return { ...row, texts: [row.words.join(' ')] }
}

function readQuestions({ format }: DataSpec, file: string, labels: boolean, span: Span): readonly TextRow[] {
  if (format !== 'squad' && !(format === 'by-extension' && /\.json$/i.test(file)))
    throw new DiagnosticError(unknownFormat({ path: file, known: ['squad'], span }))
  const questions = readSquad(file, { labels, span })
  return questions.map((question, i) => {
    const { line, context, question: asked } = question
    // A context counts once, however many questions are asked of it.
    const texts = questions[i - 1]?.context === context ? [asked] : [asked, context]
    return { file, line, texts, question }
  })
}

function isRaw(text: TextSource): text is Extract<TextSource, { kind: 'lines' | 'documents' }> {
  return text.kind === 'lines' || text.kind === 'documents'
}

function tableFormat({ format }: DataSpec): TableFormat | 'by-extension' {
  return format === 'text' || format === 'conll' || format === 'squad' ? 'by-extension' : format
}

/** Goes on after a file that cannot be read, so that one run shows what is wrong with all of them. */
class DiagnosticCollector {
  private readonly errors: DiagnosticError[] = []

  attempt(action: () => unknown): void {
    try {
      action()
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error
      this.errors.push(error)
    }
  }

  raise(): void {
    if (this.errors.length > 0)
      throw new DiagnosticError(...this.errors.flatMap((error) => error.diagnostics))
  }
}

/** A text a line (empty lines left out), or documents: the lines between empty ones. */
function readRaw(file: string, kind: 'lines' | 'documents', span: Span, limit?: number): readonly TextRow[] {
  const lines = readText(file, span, limit).split(/\r?\n/)
  const rows: TextRow[] = []
  let document: { line: number; texts: string[] } | undefined
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') document = undefined
    else if (kind === 'lines') rows.push({ file, line: i + 1, texts: [line] })
    else if (document === undefined) {
      document = { line: i + 1, texts: [line] }
      rows.push({ file, ...document })
    } else document.texts.push(line)
  }
  if (rows.length === 0 && !isLarger(file, limit)) {
    throw new DiagnosticError(noExamples({ path: file, found: 'it holds no text', span }))
  }
  return rows
}

function readLabelled(
  table: Table,
  text: Extract<TextSource, { span: Span }>,
  label: LabelSource | undefined,
): readonly TextRow[] {
  const names = text.kind === 'pair' ? text.columns : [text.column]
  const problems = new DiagnosticCollector()
  let columns: readonly number[] = []
  problems.attempt(() => {
    columns = names.map((name) => columnIndex(table, name, text.span))
  })
  let labels: readonly (number | undefined)[] = []
  problems.attempt(() => {
    labels = label === undefined ? [] : readLabels(table, label)
  })
  problems.raise()
  return table.rows.map((row, i) => {
    const texts = columns.map((column) => row.fields[column] ?? '')
    const value = labels[i]
    return { file: table.file, line: row.line, texts, ...(value === undefined ? {} : { label: value }) }
  })
}

/** @param lists the reader takes lists as well: they are told among the columns that there are */
function columnIndex(table: Table, column: string, span: Span, lists = false): number {
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

function readLabels(table: Table, label: LabelSource): readonly (number | undefined)[] {
  if (label.kind === 'span' || label.kind === 'tags') return []
  const column = columnIndex(table, label.column, label.span)
  if (label.kind === 'number') return readNumbers(table, column, label.column, label.span)
  return readClasses(table, column, labelNames(label) ?? [], label.span)
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

/** What a message shows of a field. */
function shown(field: string): string {
  return shorten(field).slice(1, -1)
}

/** `train.tsv:17:9`: file, line, and in TSV, where it is certain, the character at which the field begins. */
function placeOf(table: Table, row: { line: number; fields: readonly string[] }, column: number): string {
  if (table.format !== 'tsv') return `${table.file}:${row.line}`
  const before = row.fields.slice(0, column).reduce((sum, field) => sum + field.length + 1, 0)
  return `${table.file}:${row.line}:${before + 1}`
}
