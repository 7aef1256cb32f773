/** Data with a folder for each class, as aclImdb and 20 Newsgroups have them: `train/pos/*.txt`. */
import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { readUnpacked } from '../data/file-part.ts'
import { findFiles } from '../data/find-files.ts'
import { readTable, withFile } from '../data/read-table.ts'
import type { Table } from '../data/table.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { oneFolder } from '../diagnostics/messages/begin.ts'
import { requireText } from './check-bytes.ts'
import { spaced } from './spaced.ts'

export interface ClassFolders {
  /** The folders to name in the spec; absent if a pattern of all folders has the same files. */
  readonly only?: readonly string[]
  /** The pattern of their files: `*.txt`, or `*` if they have other endings, too. */
  readonly pattern: string
  readonly remarks: readonly string[]
}

/** Texts without labels, as in aclImdb. */
const unlabelled = /^(unsup(ervised)?|unlabell?ed|no_?labels?)$/i

/**
 * Undefined for a folder that is laid out in another way: without folders of texts, or with more files beside
 * them than inside.
 * @throws DiagnosticError E0943 for a single class
 */
export function classFolders(place: string): ClassFolders | undefined {
  const entries = visible(place)
  const inside = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  const files = inside.map((name) => ({
    name,
    texts: visible(path.join(place, name)).flatMap((entry) =>
      isText(entry.name) && entry.isFile() ? [entry.name] : [],
    ),
  }))
  const filled = files.filter(({ texts }) => texts.length > 0)
  const beside = entries.filter((entry) => entry.isFile()).map(({ name }) => name)
  const count = filled.reduce((sum, { texts }) => sum + texts.length, 0)
  if (count === 0 || count < beside.filter(isText).length) return undefined
  const left = filled.filter(({ name }) => unlabelled.test(name)).map(({ name }) => name)
  const classes = filled.filter(({ name }) => !unlabelled.test(name))
  const [first, second] = classes
  if (second === undefined) throw new DiagnosticError(oneFolder({ path: place, folder: first?.name, left }))
  const endings = new Set(classes.flatMap(({ texts }) => texts.map((name) => path.extname(name))))
  const empty = files.filter(({ texts }) => texts.length === 0).map(({ name }) => name)
  const remarks = [
    ...(left.length > 0 ? [`${left.join(', ')} is not used: by its name, its texts have no labels`] : []),
    ...(empty.length > 0 ? [`no files of texts, so no class: ${some(empty)}`] : []),
    ...(beside.length > 0
      ? [`not used, because no class has ${beside.length === 1 ? 'it' : 'them'}: ${some(beside)}`]
      : []),
  ]
  const pattern = endings.size === 1 && !endings.has('') && endings.has('.txt') ? '*.txt' : '*'
  return { ...(left.length > 0 ? { only: classes.map(({ name }) => name) } : {}), pattern, remarks }
}

/**
 * The patterns of a part's files. A part may lack a class.
 * @param written the path of `place` as the spec writes it
 */
export function patternsOf(
  place: string,
  { only, pattern }: ClassFolders,
  written = place,
): readonly string[] {
  const folders = only?.filter((folder) => findFiles(`${place}/${folder}/${pattern}`).length > 0)
  return (folders ?? ['*']).map((folder) => `${written}/${folder}/${pattern}`)
}

/** Bytes that are read at most. Of more, evenly spaced files are. */
const mostBytes = 64 * 2 ** 20

/**
 * A row for each file, with the columns `text` and `folder`, and the number of all files.
 * @throws DiagnosticError E0806, E0807, E0932, E0934 for a file that is no text
 */
export function readFolders(
  place: string,
  folders: ClassFolders,
): { readonly table: Table; readonly files: number } {
  const files = patternsOf(place, folders).flatMap((pattern) => findFiles(pattern))
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0)
  const read = spaced(files, Math.ceil(files.length * Math.min(1, mostBytes / Math.max(1, bytes))))
  const rows = read.flatMap((file) => {
    requireText(
      file,
      withFile(file, undefined, () => readUnpacked(file)),
    )
    return readTable(file, 'files').rows
  })
  const table: Table = { file: place, format: 'files', columns: ['text', 'folder'], rows }
  return { table, files: files.length }
}

function visible(place: string) {
  return readdirSync(place, { withFileTypes: true }).filter(({ name }) => !name.startsWith('.'))
}

/** Names of newsgroups' articles have no ending: they are numbers. */
function isText(name: string): boolean {
  return /\.(txt|text)(\.gz)?$/i.test(name) || /^\d+$/.test(name)
}

function some(names: readonly string[]): string {
  return names.length > 4
    ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} others`
    : names.join(', ')
}
