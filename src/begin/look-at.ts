/** Looks at a file or folder of data: finds its layout, its texts, its task and its other parts. */
import { statSync } from 'node:fs'
import path from 'node:path'
import { findFiles } from '../data/find-files.ts'
import { readSquad } from '../data/read-squad.ts'
import { readTable, readText } from '../data/read-table.ts'
import { readConll } from '../data/read-tags.ts'
import type { Table } from '../data/table.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { sameExamples } from '../diagnostics/messages/begin.ts'
import { stringPieces, stringValue } from '../syntax/string-escapes.ts'
import { readFolders } from './class-folders.ts'
import { type DataFiles, findData, type Layout, layoutOf, lookedAt } from './data-files.ts'
import { type Choices, counted, type Found, mostSamples } from './found.ts'
import { lookAtTable } from './look-at-table.ts'
import { spaced } from './spaced.ts'
import { sortedTags } from './tags.ts'

/** No spec has a place that messages could point at yet. */
const nowhere = { file: '', start: 0, end: 0 }

/**
 * @param place a file, or a folder of texts or with a file `train.*`
 * @throws DiagnosticError E0801 to E0817 of the readers, E0932 to E0941
 */
export async function lookAt(place: string, choices: Choices): Promise<Found> {
  const files = findData(place)
  const [first = files.train] = findFiles(files.train)
  const layout: Layout = files.folders ? { kind: 'table', format: 'files', said: false } : layoutOf(first)
  const found = await withoutPlace(async () =>
    layout.kind === 'table'
      ? await lookAtTable(files, layout, choices)
      : layout.kind === 'conll'
        ? lookAtConll(files, layout)
        : layout.kind === 'squad'
          ? lookAtSquad(files, layout)
          : lookAtTexts(files, layout),
  )
  return withParts(beyondThePart(found, first))
}

/** Of a larger file only the first part is read here: the number of its examples is estimated. */
function beyondThePart(found: Found, file: string): Found {
  const { size } = statSync(file)
  if (size <= lookedAt || found.layout.kind === 'squad' || found.files.folders) return found
  const mega = (bytes: number): string => `${Math.round(bytes / 2 ** 20).toLocaleString('en')} MB`
  const remark = `only the first ${mega(lookedAt)} of ${mega(size)} were looked at: counts are of these`
  return { ...found, rows: Math.round((found.rows * size) / lookedAt), remarks: [...found.remarks, remark] }
}

/** Errors of readers point at the spec; there is none yet. */
async function withoutPlace(look: () => Promise<Found>): Promise<Found> {
  try {
    return await look()
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error
    throw new DiagnosticError(
      ...error.diagnostics.map(({ span: _, label: __, secondary: ___, ...diagnostic }) => diagnostic),
    )
  }
}

function lookAtConll(files: DataFiles, layout: Layout): Found {
  const labels = conllTags(files.train)
  const read = readConll(files.train, tagSource(labels), nowhere, lookedAt)
  const samples = spaced(read, mostSamples).map(({ words }) => [words.join(' ')])
  requireDifferent(
    files.train,
    read.map(({ words }) => words.join(' ')),
  )
  const words = read.reduce((sum, row) => sum + row.words.length, 0)
  return {
    files,
    layout,
    text: 'column("tokens")',
    pair: false,
    task: { kind: 'tags', column: 'tags', labels },
    rows: read.length,
    parts: {},
    samples,
    summary: [
      `${path.basename(files.train)}: CoNLL columns, ${counted(read.length, 'sentence')} of ${counted(words, 'word')}`,
      `label: the last column, a tag for each word, ${counted(labels.length, 'tag')}: ${labels.slice(0, 9).join(' ')}${labels.length > 9 ? ' ...' : ''}`,
    ],
    remarks: [],
  }
}

function tagSource(labels: readonly string[]) {
  return { kind: 'tags', column: 'tags', labels, scheme: 'bio', span: nowhere } as const
}

function conllTags(file: string): string[] {
  const tags = new Set<string>()
  for (const line of readText(file, { limit: lookedAt }).split(/\r?\n/)) {
    const columns = line.includes('\t') ? line.split('\t') : line.trim().split(/ +/)
    if (columns.length < 2 || (columns[0] ?? '').trim() === '' || /^(# |-DOCSTART-)/.test(line)) continue
    tags.add((columns.at(-1) ?? '').trim())
  }
  return sortedTags([...tags])
}

function lookAtSquad(files: DataFiles, layout: Layout): Found {
  const read = readSquad(files.train, { labels: true, span: nowhere })
  const contexts = new Set(read.map(({ context }) => context))
  const samples = spaced(read, mostSamples).map(({ question, context }) => [question, context])
  const without = read.filter(({ answers }) => answers.length === 0).length
  return {
    files,
    layout,
    text: '[column("question"), column("context")]',
    pair: true,
    task: { kind: 'span' },
    rows: read.length,
    parts: {},
    samples,
    summary: [
      `${path.basename(files.train)}: SQuAD, ${counted(read.length, 'question')} on ${counted(contexts.size, 'paragraph')}${without > 0 ? `, ${without.toLocaleString('en')} without an answer` : ''}`,
      'label: where the answer begins and ends',
    ],
    remarks:
      read.length < 5_000
        ? ['questions are learned from tens of thousands of examples: from these few, scores stay low']
        : [],
  }
}

function lookAtTexts(files: DataFiles, layout: Layout): Found {
  const paths = findFiles(files.train)
  const texts: string[] = []
  for (const file of paths)
    for (const line of readText(file, { limit: lookedAt }).split(/\r?\n/))
      if (line.trim() !== '') texts.push(line)
  requireDifferent(files.train, texts)
  const samples = spaced(texts, mostSamples).map((line) => [line])
  const many = paths.length > 1 ? ` in ${counted(paths.length, 'file')}` : ''
  return {
    files,
    layout,
    text: layout.kind,
    pair: false,
    task: { kind: 'words' },
    rows: texts.length,
    parts: {},
    samples,
    summary: [
      `${path.basename(files.train)}: ${layout.kind === 'documents' ? 'documents with empty lines between them' : 'a text in each line'}, ${counted(texts.length, 'line')}${many}`,
      'no label: the texts alone, with words masked and predicted',
    ],
    remarks: [],
  }
}

function requireDifferent(file: string, texts: readonly string[]): void {
  if (new Set(texts).size <= 1) throw new DiagnosticError(sameExamples({ path: file, rows: texts.length }))
}

// ---------------------------------------------------------------- validation and test

/** Keeps the siblings that have what the training file has, and says which are used. */
function withParts(found: Found): Found {
  const { train, folders, ...others } = found.files
  const remarks = [...found.remarks]
  const lines: string[] = []
  let files: DataFiles = { train, ...(folders ? { folders } : {}) }
  let task = found.task
  let parts: Found['parts'] = {}
  for (const part of ['validation', 'test'] as const) {
    const file = others[part]
    if (file === undefined) continue
    const read = readPart(found, file)
    if (read.problem !== undefined) remarks.push(`${path.basename(file)} is not used: ${read.problem}`)
    else {
      files = { ...files, [part]: file }
      parts = { ...parts, [part]: read.rows }
      lines.push(`${part}: ${path.basename(file)}, ${counted(read.rows, 'example')}`)
      if (read.labels && 'labels' in task) {
        const all = new Set([...task.labels, ...read.labels])
        const labels = task.kind === 'tags' ? sortedTags([...all]) : [...all].sort()
        if (labels.length > task.labels.length) task = { ...task, labels, listed: true }
      }
    }
  }
  return { ...found, files, parts, task, summary: [...found.summary, ...lines], remarks }
}

interface Part {
  readonly rows: number
  readonly labels?: readonly string[]
  readonly problem?: string
}

function readPart(found: Found, file: string): Part {
  const { layout, task } = found
  try {
    if (found.files.folders) return readTablePart(found, readFolders(file, found.files.folders).table)
    const own = layoutOf(file)
    if (own.kind !== layout.kind) return { rows: 0, problem: 'it is laid out in another way' }
    if (layout.kind === 'conll') {
      const labels = conllTags(file)
      if (task.kind === 'tags' && !labels.some((tag) => task.labels.includes(tag)))
        return { rows: 0, problem: 'it has none of the tags' }
      return { rows: readConll(file, tagSource(labels), nowhere, lookedAt).length, labels }
    }
    if (layout.kind === 'squad') return { rows: readSquad(file, { labels: true, span: nowhere }).length }
    if (layout.kind !== 'table')
      return {
        rows: readText(file, { limit: lookedAt })
          .split('\n')
          .filter((line) => line.trim()).length,
      }
    const { columns } = found
    return readTablePart(
      found,
      readTable(file, layout.format, { limit: lookedAt, ...(columns ? { columns } : {}) }),
    )
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error
    return { rows: 0, problem: error.diagnostics[0]?.message ?? 'it cannot be read' }
  }
}

function readTablePart({ task, text }: Found, table: Table): Part {
  const names = [...table.columns, ...(table.lists?.keys() ?? [])]
  const needed = [...text.matchAll(/column\("((?:[^"\\]|\\.)*)"\)/g)].map(([, name = '']) =>
    stringValue(stringPieces(name)),
  )
  const wanted = 'column' in task ? [...needed, task.column] : needed
  const absent = wanted.find((name) => !names.includes(name))
  if (absent !== undefined) return { rows: 0, problem: `it has no column \`${absent}\`` }
  const rows = table.rows.length
  if (task.kind === 'number') {
    const index = table.columns.indexOf(task.column)
    const bad = table.rows.find(({ fields }) => !/\d/.test(fields[index] ?? ''))
    return bad ? { rows, problem: `its labels are no numbers, as in line ${bad.line}` } : { rows }
  }
  if (task.kind !== 'class') return { rows }
  const index = table.columns.indexOf(task.column)
  const labels = [...new Set(table.rows.map(({ fields }) => fields[index] ?? ''))]
  const known = labels.filter((label) => task.labels.includes(label)).length
  if (labels.includes('')) return { rows, problem: 'it has rows without a label' }
  if (known < labels.length / 2) return { rows, problem: `its labels are others, such as \`${labels[0]}\`` }
  return { rows, labels }
}
