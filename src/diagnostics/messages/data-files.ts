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

export const notRead = defineMessage<{ path: string; reason: string }>({
  code: 'E0955',
  title: 'a file that is not read',
  build: ({ path, reason }) => ({
    message: `cannot read ${path}: ${reason}`,
    help: 'docs/limits.md lists what is read and up to which size',
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

/** `the column` of classes, or of tags, in messages about labels that are taken from training files. */
interface FromTraining {
  readonly kind: 'class' | 'tags'
  readonly column: string
  readonly span: Span
}

export const oneLabel = defineMessage<
  FromTraining & {
    readonly files: readonly string[]
    readonly labels: readonly string[]
    /** Whether the label is the name of a file's folder. */
    readonly folders: boolean
  }
>({
  code: 'E0870',
  title: 'training data with a single label',
  build: ({ files, kind, column, labels: [label], folders, span }) => ({
    message: `${files[0] ?? ''}${files.length > 1 ? ` and ${files.length - 1} more` : ''}: ${
      label === undefined
        ? `there is no label in column \`${column}\``
        : `every label in column \`${column}\` is \`${label}\``
    }`,
    span,
    label: 'a model chooses between at least two',
    help: folders
      ? 'the label is the name of the folder in which a file lies: name the files of all folders, as in train = "reviews/*/*.txt"'
      : `name another column, or list all labels if some have no training examples: ${kind}(column("${column}"), [...])`,
  }),
})

export const tooManyLabels = defineMessage<
  FromTraining & { readonly place: string; readonly most: number; readonly numbers: boolean }
>({
  code: 'E0871',
  title: 'too many different labels for classes',
  build: ({ place, column, most, numbers, span }) => ({
    message: `${place}: column \`${column}\` has more than ${most.toLocaleString('en')} different labels`,
    span,
    label: 'taken from the training data',
    help: numbers
      ? `its values are numbers: if their size matters, write label = number(column("${column}"))`
      : 'is it an id or a text? Name the column of the classes, or list the labels in a file: file("labels.txt")',
  }),
})

export const emptyLabels = defineMessage<FromTraining & { readonly place: string; readonly also: string }>({
  code: 'E0872',
  title: 'a training example without a label',
  build: ({ place, column, also, kind, span }) => ({
    message: `${place}: column \`${column}\` is empty`,
    span,
    label: 'labels are taken from the training data',
    help: `label or remove these rows; an empty label that is meant is listed: ${kind}(column("${column}"), ["", ...])${also}`,
  }),
})

export const numberedTags = defineMessage<{ place: string; read: string; span: Span }>({
  code: 'E0873',
  title: 'numbered tags without a list of tags',
  build: ({ place, read, span }) => ({
    message: `${place}: the tag ${read} is a number, and no list names it`,
    span,
    label: 'no list of tags',
    help: 'numbers count a list from 0: tags(column("tags"), ["O", "B-PER", "I-PER"])',
  }),
})

export const emptyShare = defineMessage<{
  span: Span
  data: string
  split: string
  share: number
  rows: number
}>({
  code: 'E0874',
  title: 'a share of the training data that is empty',
  build: ({ span, data, split, share, rows }) => ({
    message: `${Number((100 * share).toFixed(4))}% of the ${rows.toLocaleString('en')} examples of data \`${data}\` leave none for ${split}`,
    span,
    help: 'examples with one text or one value of `by` stay together, and a class keeps one example for training; take a larger share, or name a file',
  }),
})
