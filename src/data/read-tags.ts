/**
 * Texts whose words carry tags (names, parts of speech): CoNLL files, and tables whose columns are lists of words and of tags.
 */
import type { LabelSource } from '../check/program.ts'
import { DiagnosticError, type Span } from '../diagnostics/diagnostic.ts'
import { E0804 } from '../diagnostics/messages/E0804.ts'
import { E0806 } from '../diagnostics/messages/E0806.ts'
import { E0814 } from '../diagnostics/messages/E0814.ts'
import { suggest } from '../diagnostics/suggest.ts'
import { alsoIn, readText, type Table } from './read-table.ts'

export type TagSource = Extract<LabelSource, { kind: 'tags' }>

export interface TaggedRow {
  readonly file: string
  readonly line: number
  readonly words: readonly string[]
  /** Index into the tag list, one a word; absent where labels are not read. */
  readonly tags?: readonly number[]
}

interface WrittenRow {
  readonly line: number
  readonly words: readonly string[]
  readonly tags: readonly string[]
  /** Line of each word; the row's own line where it is one. */
  readonly lines: readonly number[]
}

/**
 * A CoNLL file: a word a line, columns parted by tabs or spaces, the word first and its tag last; an empty line ends a sentence, and
 * `-DOCSTART-` lines are no words. A line that begins with `# ` is a comment where it stands before the first word of a sentence and has another
 * number of columns than the lines of words: `#` is a word as well.
 * @throws DiagnosticError E0804 (unknown tag), E0806 (no words), E0807 (no text)
 */
export function readConll(file: string, source: TagSource | undefined, span: Span): readonly TaggedRow[] {
  const rows: { line: number; words: string[]; tags: string[]; lines: number[] }[] = []
  const text = readText(file, span).split(/\r?\n/)
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
  if (rows.length === 0) throw new DiagnosticError(E0806({ path: file, found: 'it holds no words', span }))
  return indexTags(file, rows, source)
}

function columnsOf(line: string): readonly string[] {
  if (line.trim() === '') return []
  return line.includes('\t') ? line.split('\t') : line.trim().split(/ +/)
}

/**
 * Columns that hold lists: JSON arrays in JSON lines, else words and tags parted by spaces.
 * @throws DiagnosticError E0804 (unknown tag), E0814 (another number of tags than of words)
 */
export function readTaggedTable(
  table: Table,
  words: number,
  tags: number | undefined,
  source: TagSource | undefined,
): readonly TaggedRow[] {
  const rows = table.rows.map((row): WrittenRow => {
    const list = listOf(row.fields[words] ?? '')
    return {
      line: row.line,
      words: list,
      tags: tags === undefined ? [] : listOf(row.fields[tags] ?? ''),
      lines: list.map(() => row.line),
    }
  })
  return indexTags(table.file, rows, source)
}

function listOf(field: string): readonly string[] {
  if (field.startsWith('[')) {
    try {
      const parsed: unknown = JSON.parse(field)
      if (Array.isArray(parsed))
        return parsed.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)))
    } catch {
      // A text that begins with a bracket is words like any other.
    }
  }
  return field.split(' ').filter((word) => word !== '')
}

function indexTags(
  file: string,
  rows: readonly WrittenRow[],
  source: TagSource | undefined,
): readonly TaggedRow[] {
  if (source === undefined) return rows.map(({ line, words }) => ({ file, line, words }))
  const { labels, span } = source
  const [uneven, ...more] = rows.filter((row) => row.words.length !== row.tags.length)
  if (uneven !== undefined) {
    const counts = { words: uneven.words.length, tags: uneven.tags.length }
    throw new DiagnosticError(E0814({ place: `${file}:${uneven.line}`, ...counts, also: alsoIn(more), span }))
  }
  const index = new Map(labels.map((label, i) => [label, i]))
  const unknown: { line: number; read: string }[] = []
  const tagged = rows.map(({ line, words, tags, lines }): TaggedRow => {
    const indices = tags.map((tag, i) => {
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
    throw new DiagnosticError(E0804({ place, read: first.read, labels, ...near, also: alsoIn(others), span }))
  }
  return tagged
}
