/**
 * The labels of training files, for `class(column("label"))` and `tags(column("tags"))` without a list. Files
 * are read once, and only the labels are kept.
 */
import type { LabelReader } from '../check/files.ts'
import type { LabelOrigin } from '../check/program.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { emptyLabels, numberedTags, oneLabel, tooManyLabels } from '../diagnostics/messages/data-files.ts'
import { throwTogether } from '../diagnostics/throw-together.ts'
import { findFiles } from './find-files.ts'
import { alsoIn, folderOf } from './read-table.ts'
import { conllSentences } from './read-tags.ts'
import { columnIndex, tableOf } from './rows/columns.ts'
import { isConll, listColumn } from './rows/words.ts'

/** More different labels are numbers, names or texts, and no classes. */
const mostLabels = 10_000

/** A label, and its line. */
interface Written {
  readonly label: string | number
  readonly line: number
}

/** Reads each set of files once, however often its labels are asked for. Errors count as known, too. */
export function labelReader(): LabelReader {
  const known = new Map<string, readonly string[] | DiagnosticError>()
  return (origin) => {
    const files = filesOf(origin)
    if (files === undefined) return undefined
    const key = JSON.stringify([origin, files])
    const found = known.get(key) ?? attempt(() => labelsIn(origin, files))
    known.set(key, found)
    if (found instanceof DiagnosticError) throw found
    return found
  }
}

function attempt<Result>(read: () => Result): Result | DiagnosticError {
  try {
    return read()
  } catch (error) {
    if (error instanceof DiagnosticError) return error
    throw error
  }
}

function filesOf({ files }: LabelOrigin): readonly string[] | undefined {
  const found = files.map(({ path }) => findFiles(path))
  return found.some((one) => one.length === 0) ? undefined : [...new Set(found.flat())]
}

function labelsIn(origin: LabelOrigin, files: readonly string[]): readonly string[] {
  const { span, column, kind } = origin
  const labels = new Set<string>()
  const reads = files.map((file) => () => {
    const empty: Written[] = []
    for (const written of labelsOf(origin, file)) {
      const { label, line } = written
      if (typeof label === 'number')
        throw new DiagnosticError(numberedTags({ place: `${file}:${line}`, read: `${label}`, span }))
      if (label === '') empty.push(written)
      else labels.add(label)
      if (labels.size > mostLabels) {
        const numbers = [...labels].every((one) => Number.isFinite(Number(one)))
        throw new DiagnosticError(
          tooManyLabels({ place: `${file}:${line}`, kind, column, most: mostLabels, numbers, span }),
        )
      }
    }
    const [first, ...others] = empty
    if (first) {
      const place = `${file}:${first.line}`
      throw new DiagnosticError(emptyLabels({ place, kind, column, also: alsoIn(others), span }))
    }
  })
  throwTogether(...reads)
  if (labels.size < 2)
    throw new DiagnosticError(
      oneLabel({ files, kind, column, labels: [...labels], folders: isFolder(origin), span }),
    )
  return sorted([...labels])
}

/** Numbers by size if all labels are whole numbers; otherwise by their UTF-16 units. */
function sorted(labels: readonly string[]): readonly string[] {
  const inOrder = labels.toSorted()
  if (!labels.every((label) => /^[+-]?\d+$/.test(label))) return inOrder
  return inOrder.sort((a, b) => Number(a) - Number(b))
}

function isFolder({ format, column }: LabelOrigin): boolean {
  return format === 'files' && column === 'folder'
}

function* labelsOf(origin: LabelOrigin, file: string): Generator<Written> {
  const { kind, column, span } = origin
  if (kind === 'tags' && isConll(origin, file)) {
    for (const { tags, lines } of conllSentences(file, span))
      for (const [i, label] of tags.entries()) yield { label, line: lines[i] ?? 0 }
    return
  }
  if (isFolder(origin)) {
    yield { label: folderOf(file), line: 1 }
    return
  }
  const table = tableOf(origin, file, span, { labels: true })
  if (kind === 'tags') {
    const { lists } = listColumn(table, column, span)
    for (const [i, { line }] of table.rows.entries())
      for (const label of lists[i] ?? [])
        yield { label: typeof label === 'number' ? label : String(label), line }
    return
  }
  const at = columnIndex(table, column, span)
  for (const { fields, line } of table.rows) yield { label: fields[at] ?? '', line }
}
