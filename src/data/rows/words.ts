/** Texts with a tag for each word: CoNLL files, and tables with columns of lists. */
import type { DataSpec } from '../../check/program.ts'
import type { Span } from '../../diagnostics/diagnostic.ts'
import { encodeTexts, encodeWords } from '../encode.ts'
import { type ListColumn, readConll, readTaggedTable, type TaggedRow, textLists } from '../read-tags.ts'
import type { Table } from '../table.ts'
import { columnIndex, groupsOf, isRaw, tableOf } from './columns.ts'
import type { RowForm, TextRow } from './form.ts'

export const words: RowForm = {
  oneExample: true,
  read(spec, file, span, options) {
    const { text, label } = spec
    const tags = options.labels && label?.kind === 'tags' ? label : undefined
    if (isConll(spec, file)) return readConll(file, tags, span, options.limit).map(withText)
    if (isRaw(text)) return []
    const table = tableOf(spec, file, span, options)
    const read = listColumn(table, text.kind === 'pair' ? text.columns[0] : text.column, text.span)
    const tagColumn = tags && listColumn(table, tags.column, tags.span)
    const groups = groupsOf(spec, table)
    return readTaggedTable(table, read, tagColumn, tags).map((row, i) => {
      const group = groups[i]
      return { ...withText(row), ...(group === undefined ? {} : { group }) }
    })
  },
  encode({ maxLength }, row, { tokenizer }) {
    if (row.words === undefined) return [encodeTexts(tokenizer, row.texts, maxLength)]
    return [encodeWords(tokenizer, row.words, row.tags, maxLength)]
  },
}

/** Whether a file has one word in each line. Then its texts are words, whatever its labels. */
export function isConll({ format }: Pick<DataSpec, 'format'>, file: string): boolean {
  return format === 'conll' || (format === 'by-extension' && /\.conll(\.gz)?$/i.test(file))
}

export function listColumn(table: Table, name: string, span: Span): ListColumn {
  const lists = table.lists?.get(name)
  return { name, lists: lists?.() ?? textLists(table, columnIndex(table, name, span, true)) }
}

function withText(row: TaggedRow): TextRow {
  return { ...row, texts: [row.words.join(' ')] }
}
