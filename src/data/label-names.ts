import { labelLines } from '../check/data-labels.ts'
import type { LabelSource } from '../check/program.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { dataFilesMissing, noExamples } from '../diagnostics/messages/data-files.ts'
import { findFiles } from './find-files.ts'
import { readText } from './read-table.ts'

/**
 * The names of classes or tags, from the spec, from its file (one in each line), or from the training data
 * that `check` has read; undefined for other labels.
 * @throws DiagnosticError E0801 where these files are absent, E0806 for a file without labels
 */
export function labelNames(label: LabelSource | undefined): readonly string[] | undefined {
  if (label === undefined || label.kind === 'number' || label.kind === 'span') return undefined
  if (label.labels !== undefined) return label.labels
  if (label.origin) {
    const missing = label.origin.files.filter(({ path }) => findFiles(path).length === 0)
    if (missing.length === 0) throw new Error(`data ${label.origin.data} was checked without its files`)
    throw new DiagnosticError(dataFilesMissing({ missing }))
  }
  if (label.kind !== 'class' || !label.file) return undefined
  const { path, span } = label.file
  if (findFiles(path).length === 0) throw new DiagnosticError(dataFilesMissing({ missing: [label.file] }))
  const names = labelLines(readText(path, { span })) ?? []
  if (names.every((name) => name === ''))
    throw new DiagnosticError(noExamples({ path, found: 'it lists no label', span }))
  return names
}
