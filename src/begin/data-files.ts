/** The files of a data set: the training file that was named, and its siblings for validation and test. */
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { readUnpacked } from '../data/file-part.ts'
import { formatOf, readText, withFile } from '../data/read-table.ts'
import type { TableFormat } from '../data/table.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { noData } from '../diagnostics/messages/begin.ts'
import { noExamples } from '../diagnostics/messages/data-files.ts'
import { parsedJson } from '../files/json.ts'
import { statOf } from '../files/regular-file.ts'
import { requireText } from './check-bytes.ts'
import { type ClassFolders, classFolders } from './class-folders.ts'

export interface DataFiles {
  /** A path, or a pattern of several files of texts. */
  readonly train: string
  readonly validation?: string
  readonly test?: string
  /** The paths are folders, each with a folder for each class. */
  readonly folders?: ClassFolders
}

/** How a file is laid out. `said`: whether its ending says so to the readers of a data block. */
export type Layout =
  | { readonly kind: 'table'; readonly format: TableFormat; readonly said: boolean }
  | { readonly kind: 'conll' | 'squad'; readonly said: boolean }
  | { readonly kind: 'lines' | 'documents' }

/** Bytes of a file that are looked at. */
export const lookedAt = 64 * 2 ** 20

const names = {
  validation: ['validation', 'valid', 'val', 'dev', 'devel'],
  test: ['test'],
} as const

/**
 * @param place a file, or a folder: with a folder for each class, with a file or folder `train`, or with
 * files of texts
 * @throws DiagnosticError E0942 (nothing there), E0943 (one class), E0806 (a folder without such files)
 */
export function findData(place: string): DataFiles {
  const found = statOf(place)
  if (found === undefined) throw new DiagnosticError(noData({ path: place }))
  if (!found.isDirectory()) return { train: place, ...siblings(place) }
  const inside = path.join(place, 'train')
  if (statOf(inside)?.isDirectory()) return findData(inside)
  const folders = classFolders(place)
  if (folders) return { train: place, ...siblings(place), folders }
  const files = readdirSync(place)
    .filter((name) => !name.startsWith('.') && statOf(path.join(place, name))?.isFile())
    .sort()
  const train = files.find((name) => /^train\b|[-_.]train\b/i.test(name))
  if (train !== undefined) return findData(path.join(place, train))
  const texts = files.filter((name) => /\.(txt|text)$/i.test(name))
  if (texts.length > 0) {
    const ending = path.extname(texts[0] ?? '')
    return { train: texts.length === 1 ? path.join(place, texts[0] ?? '') : path.join(place, `*${ending}`) }
  }
  const [only, ...others] = files.filter((name) => !/^(readme|license|licence)\b/i.test(name))
  if (only !== undefined && others.length === 0) return findData(path.join(place, only))
  const found2 =
    only === undefined
      ? 'the folder has no files'
      : `the folder has ${others.length + 1} files, and none is called train or ends in .txt; name one: --from ${path.join(place, only)}`
  throw new DiagnosticError(noExamples({ path: place, found: found2 }))
}

/** `train` in the file's name replaced by the other names; for a name without it, the other names alone. */
function siblings(file: string): Partial<DataFiles> {
  const [folder, own] = [path.dirname(file), path.basename(file)]
  const ending = /(\.[A-Za-z0-9]+(?:\.gz)?)?$/.exec(own)?.[0] ?? ''
  const isPart = /train/i.test(own)
  const named = (part: readonly string[]): string | undefined =>
    part
      .map((name) => path.join(folder, isPart ? own.replace(/train(ing)?/i, name) : `${name}${ending}`))
      .find((sibling) => path.basename(sibling) !== own && existsSync(sibling))
  const [validation, test] = [named(names.validation), named(names.test)]
  return { ...(validation ? { validation } : {}), ...(test ? { test } : {}) }
}

/**
 * By its ending, otherwise by its content.
 * @throws DiagnosticError E0806, E0807, E0932, E0934 for a file that is no text
 */
export function layoutOf(file: string): Layout {
  const plain = file.replace(/\.gz$/i, '')
  const format = formatOf(file)
  const start = withFile(file, undefined, () => readUnpacked(file, lookedAt))
  if (format === 'parquet' || start.toString('latin1', 0, 4) === 'PAR1')
    return { kind: 'table', format: 'parquet', said: format === 'parquet' }
  requireText(file, start.subarray(0, start.length < lookedAt ? start.length : start.lastIndexOf(10) + 1))
  if (/\.conll$/i.test(plain)) return { kind: 'conll', said: true }
  if (format !== undefined && format !== 'text') return { kind: 'table', format, said: true }
  const text = readText(file, { limit: lookedAt })
  const lines = text.split(/\r?\n/)
  const filled = lines.filter((line) => line.trim() !== '')
  if (filled.length === 0) throw new DiagnosticError(noExamples({ path: file, found: 'it has no text' }))
  if (text.trimStart().startsWith('{')) {
    if (/\.json$/i.test(plain) && isWhole(text)) return { kind: 'squad', said: true }
    if (filled.slice(0, 3).every(isObject)) return { kind: 'table', format: 'jsonl', said: false }
    if (isWhole(text)) return { kind: 'squad', said: false }
  }
  const fields = filled.slice(0, 1000).map((line) => line.trim().split('\t').length)
  const width = fields[0] ?? 1
  const even = width > 1 && fields.every((count) => count === width)
  const isWords = filled.slice(0, 1000).every((line) => /^\S+([ \t]+\S+)+$/.test(line.trim()))
  const gaps = lines.length - filled.length
  if (isWords && gaps > 1 && filled.length > 2 * gaps && evenWords(filled))
    return { kind: 'conll', said: false }
  if (even) return { kind: 'table', format: 'tsv', said: false }
  const longRuns = gaps > 1 && filled.length / gaps >= 2
  return { kind: longRuns ? 'documents' : 'lines' }
}

function evenWords(lines: readonly string[]): boolean {
  const counts = lines
    .slice(0, 1000)
    .filter((line) => !/^(# |-DOCSTART-)/.test(line))
    .map((line) => line.trim().split(/[ \t]+/).length)
  return counts.every((count) => count === counts[0])
}

function isObject(line: string): boolean {
  const parsed = parsedJson(line)
  return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
}

/** Whether a text is one JSON value, as SQuAD's files are. */
function isWhole(text: string): boolean {
  return isObject(text) && /"data"\s*:\s*\[/.test(text)
}
