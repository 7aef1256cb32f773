/** Texts with a tag for each word (names, parts of speech): CoNLL files, and tables with columns of lists. */

import type { LabelSource } from '../check/program.ts'
import { DiagnosticError, type Span } from '../diagnostics/diagnostic.ts'
import {
  noExamples,
  notAFlatList,
  tagIndexOutOfRange,
  unknownLabel,
  unpairedTags,
} from '../diagnostics/messages/data-files.ts'
import { suggest } from '../diagnostics/suggest.ts'
import { isLarger } from './file-part.ts'
import { labelNames } from './label-names.ts'
import { alsoIn, readText } from './read-table.ts'
import type { List, Table } from './table.ts'

export type TagSource = Extract<LabelSource, { kind: 'tags' }>

export interface TaggedRow {
  readonly file: string
  readonly line: number
  readonly words: readonly string[]
  /** Index into the tag list for each word; absent if labels are not read. */
  readonly tags?: readonly number[]
}

/** A sentence as its file has it. */
export interface Sentence {
  readonly line: number
  readonly words: readonly string[]
  /** A number is an index into the tag list. */
  readonly tags: readonly (string | number)[]
  /** The line of each word, or the one line of the row. */
  readonly lines: readonly number[]
}

/**
 * A CoNLL file has a word in each line. Tabs or spaces separate the columns; the word is first and its tag
 * last. An empty line ends a sentence, and `-DOCSTART-` lines are no words. A line that begins with `# `
 * before the first word of a sentence is a comment if its number of columns differs from that of the words;
 * otherwise `#` is a word.
 * @param limit bytes: of a larger file only its first ones are read
 * @throws DiagnosticError E0806 (no words), E0807 (no text)
 */
export function conllSentences(file: string, span: Span, limit?: number): readonly Sentence[] {
  const rows: { line: number; words: string[]; tags: string[]; lines: number[] }[] = []
  const text = readText(file, { span, limit }).split(/\r?\n/)
  const wordLine = text.find((line) => line.trim() !== '' && !/^(# |-DOCSTART-)/.test(line))
  const parting = wordLine?.includes('\t') ? '\t' : / +/
  const width = wordLine?.trim().split(parting).length
  const isComment = (line: string): boolean =>
    line.startsWith('# ') && line.trim().split(parting).length !== width
  let inside = false
  for (const [i, line] of text.entries()) {
    const columns = columnsOf(line)
    const word = columns[0]?.trim() ?? ''
    const tag = columns.length > 1 ? (columns.at(-1) ?? '').trim() : ''
    if (word === '') inside = false
    else if (word !== '-DOCSTART-' && (inside || !isComment(line))) {
      if (!inside) rows.push({ line: i + 1, words: [], tags: [], lines: [] })
      inside = true
      const row = rows.at(-1)
      row?.words.push(word)
      row?.tags.push(tag)
      row?.lines.push(i + 1)
    }
  }
  if (rows.length === 0 && !isLarger(file, limit))
    throw new DiagnosticError(noExamples({ path: file, found: 'it holds no words', span }))
  return rows
}

/** The sentences of a CoNLL file with their tags. @throws as `conllSentences`, and E0804 (unknown tag) */
export function readConll(
  file: string,
  source: TagSource | undefined,
  span: Span,
  limit?: number,
): readonly TaggedRow[] {
  return indexTags(file, conllSentences(file, span, limit), source)
}

function columnsOf(line: string): readonly string[] {
  if (line.trim() === '') return []
  return line.includes('\t') ? line.split('\t') : line.trim().split(/ +/)
}

function tagsOf(source: TagSource | undefined): readonly string[] {
  return labelNames(source) ?? []
}

/** A column of lists and its name. */
export interface ListColumn {
  readonly name: string
  readonly lists: readonly List[]
}

/**
 * Columns of lists, one list of each column in each row. Tags are texts, or numbers that count the tag list
 * from 0. If a tag itself is a whole number, all numbers are names of tags.
 * @throws DiagnosticError E0804 (unknown tag), E0814 (another number of tags than of words), E0865 (a list of
 * lists, an item missing), E0866 (an index beyond the tags)
 */
export function readTaggedTable(
  { file, rows }: Table,
  words: ListColumn,
  tags: ListColumn | undefined,
  source: TagSource | undefined,
): readonly TaggedRow[] {
  const span = source === undefined ? {} : { span: source.span }
  for (const column of tags === undefined ? [words] : [words, tags]) requireItems(file, rows, column, span)
  const numbersAreNames = tagsOf(source).some((label) => /^-?\d+$/.test(label)) ?? false
  const written = rows.map(({ line }, i): Sentence => {
    const list = (words.lists[i] ?? []).map(String)
    return {
      line,
      words: list,
      tags: (tags?.lists[i] ?? []).map((tag) =>
        typeof tag === 'number' && !numbersAreNames ? tag : String(tag),
      ),
      lines: list.map(() => line),
    }
  })
  return indexTags(file, written, source)
}

/** Texts as lists: JSON arrays (in JSON lines, too), otherwise words or tags separated by spaces. */
export function textLists({ rows }: Table, column: number): readonly List[] {
  return rows.map(({ fields }) => listOf(fields[column] ?? ''))
}

function listOf(field: string): List {
  if (field.startsWith('[')) {
    try {
      const parsed: unknown = JSON.parse(field)
      if (Array.isArray(parsed)) return parsed
    } catch {
      // A text that begins with a bracket may also be ordinary words.
    }
  }
  return field.split(' ').filter((word) => word !== '')
}

function requireItems(
  file: string,
  rows: Table['rows'],
  { name, lists }: ListColumn,
  span: { readonly span?: Span },
): void {
  const isItem = (item: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof item)
  const [first, ...others] = rows.flatMap(({ line }, i) => {
    const item = (lists[i] ?? []).findIndex((one) => !isItem(one))
    return item < 0 ? [] : [{ line, item, found: lists[i]?.[item] }]
  })
  if (first === undefined) return
  const found = first.found === null ? 'nothing' : Array.isArray(first.found) ? 'a list' : 'an object'
  const place = `${file}:${first.line}`
  throw new DiagnosticError(
    notAFlatList({ place, column: name, item: first.item + 1, found, also: alsoIn(others), ...span }),
  )
}

function indexTags(
  file: string,
  rows: readonly Sentence[],
  source: TagSource | undefined,
): readonly TaggedRow[] {
  if (source === undefined) return rows.map(({ line, words }) => ({ file, line, words }))
  const { span } = source
  const labels = tagsOf(source)
  const [uneven, ...more] = rows.filter((row) => row.words.length !== row.tags.length)
  if (uneven !== undefined) {
    const counts = { words: uneven.words.length, tags: uneven.tags.length }
    throw new DiagnosticError(
      unpairedTags({ place: `${file}:${uneven.line}`, ...counts, also: alsoIn(more), span }),
    )
  }
  requireIndices(file, rows, labels, span)
  const index = new Map(labels.map((label, i) => [label, i]))
  const unknown: { line: number; read: string }[] = []
  const tagged = rows.map(({ line, words, tags, lines }): TaggedRow => {
    const indices = tags.map((tag, i) => {
      if (typeof tag === 'number') return tag
      const known = index.get(tag)
      if (known === undefined) unknown.push({ line: lines[i] ?? line, read: tag })
      return known ?? 0
    })
    return { file, line, words, tags: indices }
  })
  const [first, ...others] = unknown
  if (first !== undefined) {
    const suggestion = suggest(first.read, labels)
    const near = suggestion === undefined ? {} : { suggestion }
    const place = `${file}:${first.line}`
    throw new DiagnosticError(
      unknownLabel({ place, read: first.read, labels, ...near, also: alsoIn(others), span }),
    )
  }
  return tagged
}

function requireIndices(
  file: string,
  rows: readonly Sentence[],
  labels: readonly string[],
  span: Span,
): void {
  const isIndex = (tag: string | number): boolean =>
    typeof tag === 'string' || (Number.isInteger(tag) && tag >= 0 && tag < labels.length)
  const [first, ...others] = rows.flatMap(({ line, tags }) => {
    const item = tags.findIndex((tag) => !isIndex(tag))
    return item < 0 ? [] : [{ line, item, read: tags[item] }]
  })
  if (first === undefined) return
  const { line, item, read } = first
  const place = `${file}:${line}`
  throw new DiagnosticError(
    tagIndexOutOfRange({ place, word: item + 1, read: `${read}`, labels, also: alsoIn(others), span }),
  )
}
