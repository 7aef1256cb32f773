/** Finds texts and labels in a table. If several columns could be meant, it asks, or guesses and says so. */
import path from 'node:path'
import { alsoIn, readTable, readText, shorten } from '../data/read-table.ts'
import { textLists } from '../data/read-tags.ts'
import type { List, Table } from '../data/table.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import {
  emptyLabels,
  noTextColumn,
  oneClass,
  sameExamples,
  tooManyClasses,
  unnamedTags,
  wrongDelimiter,
} from '../diagnostics/messages/begin.ts'
import { unknownColumn } from '../diagnostics/messages/data-files.ts'
import { suggest } from '../diagnostics/suggest.ts'
import { type ClassFolders, readFolders } from './class-folders.ts'
import {
  type Column,
  columnsOf,
  hasHeader,
  holdsText,
  isNumber,
  labelScore,
  pairOf,
  textScore,
} from './columns.ts'
import { type DataFiles, type Layout, lookedAt } from './data-files.ts'
import { type Choices, columnText, counted, type Found, mostSamples, type Task } from './found.ts'
import { spaced } from './spaced.ts'
import { sortedTags } from './tags.ts'

type TableLayout = Extract<Layout, { kind: 'table' }>
interface Read {
  readonly table: Table
  readonly layout: TableLayout
  /** Names of a table without a header line. */
  readonly columns?: readonly string[]
  readonly remarks: readonly string[]
}

/** @throws DiagnosticError E0802.., E0933, E0935 to E0939, E0941 */
export async function lookAtTable(files: DataFiles, layout: TableLayout, choices: Choices): Promise<Found> {
  if (files.folders) return lookAtFolders(files, files.folders, choices)
  const read = readWithHeader(files.train, layout)
  const { table } = read
  const columns = columnsOf(table)
  const remarks = [...read.remarks, ...emptyColumns(columns, table.rows.length)]
  const lists = columns.filter(({ lists }) => lists)
  const base = { files, parts: {}, layout: read.layout, ...(read.columns ? { columns: read.columns } : {}) }
  const where = `${path.basename(files.train)}: ${table.format.toUpperCase()}, ${counted(table.rows.length, 'row')}, columns ${listed(columns.map(({ name }) => name))}${read.columns ? ' (named here: the file has no header line)' : ''}`
  if (lists.length >= 2 && choices.text === undefined && choices.label === undefined) {
    const tagged = taggedTable(table, lists)
    if (tagged) return { ...base, ...tagged, summary: [where, ...tagged.summary], remarks }
  }
  const label = await labelOf(columns, table, choices, remarks)
  const texts = await textsOf(columns, table, label, choices, remarks)
  const rows = table.rows
  const samples = spaced(rows, mostSamples).map(({ fields }) => texts.map(({ index }) => fields[index] ?? ''))
  const task = label === undefined ? ({ kind: 'words' } as const) : taskOf(table, label, remarks)
  requireDifferent(table, texts, label, remarks)
  const pair = texts.length === 2
  const mean = texts.map(({ words, name }) => `\`${name}\` (${words.toFixed(1)} words on average)`)
  return {
    ...base,
    text: pair ? `[${texts.map(columnText).join(', ')}]` : texts.map(columnText).join(''),
    pair,
    task,
    rows: rows.length,
    samples,
    summary: [
      where,
      `${pair ? 'pairs of texts' : 'texts'}: ${mean.join(' and ')}`,
      taskLine(task, label, unitOf(table)),
    ],
    remarks,
  }
}

/** A folder for each class: its name is the label, and each file a text. */
function lookAtFolders(files: DataFiles, folders: ClassFolders, { label: wanted }: Choices): Found {
  const { table, files: count } = readFolders(files.train, folders)
  const columns = columnsOf(table)
  const text = named(columns, 'text', table)
  const label = wanted === 'none' ? undefined : named(columns, wanted ?? 'folder', table)
  const remarks = [...folders.remarks]
  if (table.rows.length < count)
    remarks.push(`${table.rows.length.toLocaleString('en')} of the files were looked at`)
  const task = label ? taskOf(table, label, remarks) : ({ kind: 'words' } as const)
  requireDifferent(table, [text], label, remarks)
  return {
    files,
    layout: { kind: 'table', format: 'files', said: false },
    text: columnText(text),
    pair: false,
    task,
    rows: count,
    parts: {},
    samples: spaced(table.rows, mostSamples).map(({ fields }) => [fields[text.index] ?? '']),
    summary: [
      `${path.basename(files.train)}: a folder for each class, ${counted(count, 'file')} with a text each`,
      `texts: whole files (${text.words.toFixed(1)} words on average)`,
      taskLine(task, label, unitOf(table)),
    ],
    remarks,
  }
}

/** A table that names no columns gets names, and its first line becomes a row. */
function readWithHeader(file: string, layout: TableLayout): Read {
  const first = readDelimited(file, layout)
  const { table } = first
  const { format } = table
  if ((format !== 'tsv' && format !== 'csv') || hasHeader(table)) return first
  const bare: Table = { ...table, rows: [{ line: 1, fields: table.columns }, ...table.rows] }
  const found = columnsOf({ ...bare, columns: bare.columns.map((_, i) => `${i}`) })
  const best = found.toSorted((a, b) => textScore(b) - textScore(a))[0]
  const label = found
    .filter((column) => column !== best && labelScore(column, bare.rows.length) > 0)
    .toSorted((a, b) => labelScore(b, bare.rows.length) - labelScore(a, bare.rows.length))[0]
  const columns = found.map((column, i) =>
    column === best ? 'text' : column === label ? 'label' : `column_${i + 1}`,
  )
  return { ...first, table: { ...bare, columns }, columns }
}

/** The format that the ending says, or the other one of TSV and CSV if only that one gives columns. */
function readDelimited(file: string, layout: TableLayout): Read {
  const as = (own: TableLayout, remarks: readonly string[] = []): Read => ({
    table: readTable(file, own.format, { limit: lookedAt }),
    layout: own,
    remarks,
  })
  const { format } = layout
  if (format !== 'csv' && format !== 'tsv') return as(layout)
  const lines = readText(file, { limit: lookedAt }).split(/\r?\n/, 50).filter(Boolean)
  const even = (sign: string): boolean => {
    const counts = lines.map((line) => line.split(sign).length)
    return (counts[0] ?? 1) > 1 && counts.every((count) => count === counts[0])
  }
  const [own, other] = format === 'csv' ? [',', '\t'] : ['\t', ',']
  const [header = ''] = lines
  if (header.includes(own)) return as(layout)
  if (even(other)) {
    const by = format === 'csv' ? 'tabs' : 'commas'
    const remade = format === 'csv' ? 'tsv' : 'csv'
    const remark = `${path.basename(file)}: the fields are separated by ${by}, so the spec says format = ${remade}`
    return as({ kind: 'table', format: remade, said: false }, [remark])
  }
  const signs = [
    { sign: ';', found: 'semicolons' },
    { sign: '|', found: 'bars' },
  ]
  const sign = signs.find((one) => even(one.sign))
  if (sign === undefined) return as(layout)
  const command = `tr '${sign.sign}' '\\t' < ${file} > ${file.replace(/\.[^./]+$/, '')}.tsv`
  throw new DiagnosticError(wrongDelimiter({ path: file, format, found: sign.found, command }))
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 8).map((name) => `\`${name}\``)
  return names.length > 8 ? `${shown.join(', ')} and ${names.length - 8} more` : shown.join(', ')
}

function emptyColumns(columns: readonly Column[], rows: number): string[] {
  const empty = columns.filter(({ filled }) => filled === 0)
  const none = rows > 0 && empty.length > 0
  return none ? [`empty in every row, so not used: ${listed(empty.map(({ name }) => name))}`] : []
}

function named(columns: readonly Column[], name: string, { file }: Table): Column {
  const found = columns.find((column) => column.name === name)
  if (found) return found
  const known = columns.map((column) => column.name)
  const suggestion = suggest(name, known)
  const near = suggestion === undefined ? {} : { suggestion }
  throw new DiagnosticError(unknownColumn({ place: `${file}:1`, column: name, columns: known, ...near }))
}

async function labelOf(
  columns: readonly Column[],
  table: Table,
  { label, text, ask }: Choices,
  remarks: string[],
): Promise<Column | undefined> {
  if (label === 'none') return undefined
  if (label !== undefined) return named(columns, label, table)
  const [best] = columns.toSorted((a, b) => textScore(b) - textScore(a))
  const able = columns
    .filter((column) => (text ? !text.includes(column.name) : column !== best))
    .map((column) => ({ column, score: labelScore(column, table.rows.length) }))
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score)
  const [first, second] = able
  if (first === undefined || second === undefined || first.score - second.score >= 2) return first?.column
  const close = able.filter(({ score }) => first.score - score < 2).map(({ column }) => column.name)
  if (ask) {
    const chosen =
      close[await ask('Which column is the label?', [...close, 'none: learn from the texts alone'])]
    return chosen === undefined ? undefined : named(columns, chosen, table)
  }
  const others = listed(close.slice(1))
  remarks.push(`the label could also be ${others}: choose by --label NAME`)
  return first.column
}

async function textsOf(
  columns: readonly Column[],
  table: Table,
  label: Column | undefined,
  { text, ask }: Choices,
  remarks: string[],
): Promise<readonly Column[]> {
  if (text !== undefined) return text.map((name) => named(columns, name, table))
  const able = columns
    .filter((column) => column !== label && textScore(column) > 0)
    .toSorted((a, b) => textScore(b) - textScore(a))
  const pair =
    label === undefined ? undefined : pairOf(columns.filter((one) => one !== label && holdsText(one)))
  if (pair) return pair
  const [first, second] = able
  if (first === undefined) {
    const others = columns.filter((column) => column !== label)
    const problem =
      others.length === 0
        ? 'it has the label alone'
        : others.every(({ filled }) => filled === 0)
          ? 'all others are empty'
          : 'they hold numbers, lists or single words'
    const names = columns.map(({ name }) => name)
    throw new DiagnosticError(noTextColumn({ path: table.file, columns: names, problem }))
  }
  if (second === undefined || textScore(first) - textScore(second) >= 1.5) return [first]
  const close = able.filter((column) => textScore(first) - textScore(column) < 1.5)
  if (ask) {
    const chosen =
      close[
        await ask(
          'Which column has the texts?',
          close.map(({ name }) => name),
        )
      ]
    return [chosen ?? first]
  }
  const others = listed(close.slice(1).map(({ name }) => name))
  remarks.push(
    `the texts could also be ${others}: choose by --text NAME, or a pair by --text NAME --text NAME`,
  )
  return [first]
}

function taskOf(table: Table, label: Column, remarks: string[]): Task {
  const rows = table.rows.length
  const empty = table.rows.filter(({ fields }) => (fields[label.index] ?? '').trim() === '')
  const [first, ...others] = empty
  const column = label.name
  if (first !== undefined) {
    const place = `${table.file}:${first.line}`
    throw new DiagnosticError(emptyLabels({ place, column, count: empty.length, also: alsoIn(others) }))
  }
  if (isNumber(label)) {
    let [sum, squares] = [0, 0]
    for (const [value, count] of label.values) {
      sum += Number(value) * count
      squares += Number(value) ** 2 * count
    }
    const mean = sum / rows
    return { kind: 'number', column, mean, deviation: Math.sqrt(Math.max(0, squares / rows - mean ** 2)) }
  }
  const classes = label.values.size
  const [only] = label.values.keys()
  if (classes === 1)
    throw new DiagnosticError(oneClass({ path: table.file, column, value: shorten(only ?? ''), rows }))
  if (classes > 5_000 || (classes > 20 && rows / classes < 2))
    throw new DiagnosticError(
      tooManyClasses({ path: table.file, column, classes, examples: counted(rows, unitOf(table)) }),
    )
  const rare = [...label.values.values()].filter((count) => count < 5).length
  if (rare > 0)
    remarks.push(`${counted(rare, 'class has', 'classes have')} fewer than 5 examples: too few to be learned`)
  const labels = [...label.values.keys()].sort()
  return { kind: 'class', column, labels, largest: Math.max(...label.values.values()) / rows }
}

/** What an example of the data is called. */
function unitOf({ format }: Table): 'row' | 'file' {
  return format === 'files' ? 'file' : 'row'
}

function taskLine(task: Task, label: Column | undefined, unit: 'row' | 'file'): string {
  if (label === undefined) return 'no label: the texts alone, with words masked and predicted'
  if (task.kind === 'number') {
    const numbers = [...label.values.keys()].map(Number)
    const [low, high] = [numbers.reduce((a, b) => Math.min(a, b)), numbers.reduce((a, b) => Math.max(a, b))]
    return `label: \`${label.name}\`, a number from ${low} to ${high}`
  }
  const counts = [...label.values].toSorted(([, a], [, b]) => b - a)
  const [[largest, most], [smallest, least]] = [counts[0] ?? ['', 0], counts.at(-1) ?? ['', 0]]
  const sizes =
    most === least
      ? `of ${counted(most, unit)} each`
      : `from ${counted(least, unit)} (${shorten(smallest)}) to ${counted(most, unit)} (${shorten(largest)})`
  return `label: \`${label.name}\`, ${counted(counts.length, 'class', 'classes')} ${sizes}`
}

function requireDifferent(
  table: Table,
  texts: readonly Column[],
  label: Column | undefined,
  remarks: string[],
): void {
  const { file, rows } = table
  const unit = unitOf(table)
  const used = [...texts, ...(label ? [label] : [])]
  const different = new Set(rows.map(({ fields }) => used.map(({ index }) => fields[index] ?? '').join('\t')))
  if (different.size === 1) throw new DiagnosticError(sameExamples({ path: file, rows: rows.length }))
  const copies = rows.length - different.size
  if (copies > rows.length / 20)
    remarks.push(
      `${counted(copies, unit)} of ${rows.length.toLocaleString('en')} repeat an earlier one exactly`,
    )
  for (const { name, filled } of texts)
    if (filled < rows.length)
      remarks.push(
        `column \`${name}\` is empty in ${counted(rows.length - filled, unit)}: remove them, or train on empty texts`,
      )
}

// ---------------------------------------------------------------- lists of words and tags

const wordsName = /^(tokens|words|forms?)$/i
const tagsName = /tags?$|labels?$|^(ner|pos|upos|xpos|chunk)$/i

type TaggedTable = Pick<Found, 'text' | 'pair' | 'task' | 'rows' | 'samples' | 'summary'>

function taggedTable(table: Table, lists: readonly Column[]): TaggedTable | undefined {
  const read = (column: Column): readonly List[] =>
    table.lists?.get(column.name)?.() ?? textLists(table, column.index)
  const words = lists.find(({ name }) => wordsName.test(name)) ?? lists[0]
  const others = lists.filter((column) => column !== words)
  const tags =
    others.find(({ name }) => /^(ner_?)?(tags|labels)$/i.test(name)) ??
    others.find(({ name }) => tagsName.test(name)) ??
    others[0]
  if (words === undefined || tags === undefined) return undefined
  const [texts, marks] = [read(words), read(tags)]
  if (texts.some((list, i) => list.length !== marks[i]?.length)) return undefined
  const all = new Set(marks.flat())
  if ([...all].every((tag) => typeof tag === 'number'))
    throw new DiagnosticError(unnamedTags({ path: table.file, column: tags.name }))
  const labels = sortedTags([...all].map(String))
  return {
    text: columnText(words),
    pair: false,
    task: { kind: 'tags', column: tags.name, labels },
    rows: table.rows.length,
    samples: spaced(texts, mostSamples).map((list) => [list.join(' ')]),
    summary: [
      `texts: lists of words in \`${words.name}\``,
      `label: a tag for each word in \`${tags.name}\`, ${counted(labels.length, 'tag')}`,
    ],
  }
}
