/** Messages about the contents of data files. */
import { defineMessage, type Label, type Span } from '../diagnostic.ts'

export const dataFilesMissing = defineMessage<{ missing: readonly { path: string; span?: Span }[] }>({
  code: 'E0801',
  title: 'a data file that is missing',
  build: ({ missing }) => {
    const [first, ...others] = missing.flatMap((file) => (file.span === undefined ? [] : [file.span]))
    const secondary: Label[] = others.map((span) => ({ span, text: 'and this one' }))
    const names = missing.map((file) => `\`${file.path}\``)
    const several = missing.length > 1
    return {
      message: several
        ? `${missing.length} files are missing: ${names.join(', ')}`
        : noFile(missing[0]?.path ?? ''),
      help: 'paths are relative to the file that says them',
      ...(first === undefined ? {} : { span: first, label: 'not there' }),
      ...(secondary.length === 0 ? {} : { secondary }),
    }
  },
})

function noFile(path: string): string {
  return /[*?]/.test(path) ? `no file matches \`${path}\`` : `there is no file \`${path}\``
}

export const unknownColumn = defineMessage<{
  place: string
  column: string
  columns: readonly string[]
  suggestion?: string
  span?: Span
}>({
  code: 'E0802',
  title: 'an unknown column of a data file',
  build: ({ place, column, columns, suggestion, span }) => ({
    message: `${place}: there is no column \`${column}\``,
    help: `${suggestion === undefined ? '' : `did you mean \`${suggestion}\`? `}the first line names the columns: ${columns.map((c) => `\`${c}\``).join(', ')}`,
    ...(span === undefined ? {} : { span, label: 'asked for here' }),
  }),
})

export const wrongFieldCount = defineMessage<{
  place: string
  expected: number
  found: number
  read: string
  also: string
  separator: string
  span?: Span
}>({
  code: 'E0803',
  title: 'a row with a wrong number of fields',
  build: ({ place, expected, found, read, also, separator, span }) => ({
    message: `${place}: ${found} field${found === 1 ? '' : 's'} where the header has ${expected}: ${read}`,
    help: `fields are separated by ${separator}${also}`,
    ...(span === undefined ? {} : { span, label: 'read from here' }),
  }),
})

export const unknownLabel = defineMessage<{
  place: string
  read: string
  labels: readonly string[]
  suggestion?: string
  also: string
  span?: Span
}>({
  code: 'E0804',
  title: 'a label outside the label set',
  build: ({ place, read, labels, suggestion, also, span }) => ({
    message: `${place}: ${read === '' ? 'an empty field' : `\`${read}\``} is not one of the labels`,
    help: `${suggestion === undefined ? '' : `did you mean \`${suggestion}\`? `}the labels are ${list(labels)}${also}`,
    ...(span === undefined ? {} : { span, label: 'the labels' }),
  }),
})

function list(labels: readonly string[]): string {
  const shown = labels.slice(0, 12).map((label) => `\`${label}\``)
  return labels.length > 12 ? `${shown.join(', ')} and ${labels.length - 12} more` : shown.join(', ')
}

export const labelNotANumber = defineMessage<{
  place: string
  read: string
  column: string
  also: string
  span?: Span
}>({
  code: 'E0805',
  title: 'a label that is no number',
  build: ({ place, read, column, also, span }) => ({
    message: `${place}: ${read === '' ? 'an empty field' : `\`${read}\``} is not a number`,
    help: `column \`${column}\` holds the label${also}`,
    ...(span === undefined ? {} : { span, label: 'a number is wanted' }),
  }),
})

export const noExamples = defineMessage<{ path: string; found: string; span?: Span }>({
  code: 'E0806',
  title: 'a file without examples',
  build: ({ path, found, span }) => ({
    message: `\`${path}\` has no examples: ${found}`,
    help: 'at least one example is needed',
    ...(span === undefined ? {} : { span, label: 'named here' }),
  }),
})

export const unreadableRow = defineMessage<{ place: string; problem: string; help: string; span?: Span }>({
  code: 'E0807',
  title: 'a row that cannot be read',
  build: ({ place, problem, help, span }) => ({
    message: `${place}: ${problem}`,
    help,
    ...(span === undefined ? {} : { span, label: 'read from here' }),
  }),
})

export const unknownFormat = defineMessage<{ path: string; known: readonly string[]; span?: Span }>({
  code: 'E0811',
  title: 'an unknown format of a data file',
  build: ({ path, known, span }) => ({
    message: `the format of \`${path}\` is not known`,
    help: `say it with \`format = ...\`: ${known.join(', ')}`,
    ...(span === undefined ? {} : { span, label: 'this file' }),
  }),
})

export const unpairedTags = defineMessage<{
  place: string
  words: number
  tags: number
  also: string
  span?: Span
}>({
  code: 'E0814',
  title: 'words and tags that do not pair up',
  build: ({ place, words, tags, also, span }) => ({
    message: `${place}: ${words} word${words === 1 ? '' : 's'} but ${tags} tag${tags === 1 ? '' : 's'}`,
    help: `each word has one tag, O where it is no part of a name${also}`,
    ...(span === undefined ? {} : { span, label: 'the tags' }),
  }),
})

export const repeatedColumn = defineMessage<{
  place: string
  column: string
  positions: readonly number[]
  span?: Span
}>({
  code: 'E0816',
  title: 'a column that stands in the file twice',
  build: ({ place, column, positions, span }) => ({
    message: `${place}: there are ${positions.length} columns \`${column}\`, numbers ${positions.join(' and ')}`,
    help: 'rename all but one in the first line of the file',
    ...(span === undefined ? {} : { span, label: 'asked for here' }),
  }),
})

export const misplacedAnswer = defineMessage<{
  place: string
  read: string
  found: string
  also: string
  span?: Span
}>({
  code: 'E0817',
  title: 'an answer that does not stand where the file says',
  build: ({ place, read, found, also, span }) => ({
    message: `${place}: the answer ${read} is not at its \`answer_start\`: there the context has ${found}${also}`,
    help: 'answer_start counts characters (not bytes) of the context, from 0',
    ...(span === undefined ? {} : { span, label: 'read from here' }),
  }),
})

export const nestedColumn = defineMessage<{
  path: string
  column: string
  holds: 'lists' | 'nested'
  /** Columns that can be read at this place. */
  readable: readonly string[]
  span?: Span
}>({
  code: 'E0818',
  title: 'a nested column of a Parquet file',
  build: ({ path, column, holds, readable, span }) => ({
    message: `column \`${column}\` of \`${path}\` holds ${holds === 'lists' ? 'lists' : 'records, or lists of lists'}`,
    help: `columns that can be read here: ${readable.length === 0 ? 'none' : readable.join(', ')}${
      holds === 'lists' ? '; lists are words and tags, for a label that is `tags(...)`' : ''
    }`,
    ...(span === undefined ? {} : { span, label: 'this column' }),
  }),
})

export const unreadableVectors = defineMessage<{ place: string; problem: string; span?: Span }>({
  code: 'E0820',
  title: 'word vectors that cannot be read',
  build: ({ place, problem, span }) => ({
    message: `${place}: ${problem}`,
    help: 'a line is a word and its numbers, parted by spaces: film 0.21 -0.40 0.17',
    ...(span === undefined ? {} : { span, label: 'read from here' }),
  }),
})

export const notAFlatList = defineMessage<{
  place: string
  column: string
  /** Its position in the list, from 1. */
  item: number
  found: 'nothing' | 'a list' | 'an object'
  also: string
  span?: Span
}>({
  code: 'E0865',
  title: 'a list of words or tags that holds something else',
  build: ({ place, column, item, found, also, span }) => ({
    message: `${place}: item ${item} of \`${column}\` is ${found}`,
    help: `each item is one word or one tag; a row is one sentence${also}`,
    ...(span === undefined ? {} : { span, label: 'the tags' }),
  }),
})

export const tagIndexOutOfRange = defineMessage<{
  place: string
  /** Its position in the sentence, from 1. */
  word: number
  read: string
  labels: readonly string[]
  also: string
  span?: Span
}>({
  code: 'E0866',
  title: 'a number that counts no tag',
  build: ({ place, word, read, labels, also, span }) => ({
    message: `${place}: the tag of word ${word} is ${read}, and there are ${labels.length} tags`,
    help: `numbers count the tags from 0: 0 is \`${labels[0] ?? ''}\`, ${labels.length - 1} is \`${labels.at(-1) ?? ''}\`${also}`,
    ...(span === undefined ? {} : { span, label: 'the tags' }),
  }),
})
