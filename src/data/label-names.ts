import { labelLines } from '../check/data-labels.ts'
import type { LabelSource } from '../check/program.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { dataFilesMissing, noExamples } from '../diagnostics/messages/data-files.ts'
import { findFiles } from './find-files.ts'
import { readText } from './read-table.ts'

/**
 * The names of classes or tags, from the spec or from its file (one in each line); undefined for other
 * labels.
 */
export function labelNames(label: LabelSource | undefined): readonly string[] | undefined {
  if (label === undefined || !('labels' in label || 'file' in label)) return undefined
  if (label.labels !== undefined || label.kind !== 'class' || !label.file) return label.labels
  const { path, span } = label.file
  if (findFiles(path).length === 0) throw new DiagnosticError(dataFilesMissing({ missing: [label.file] }))
  const names = labelLines(readText(path, span)) ?? []
  if (names.every((name) => name === ''))
    throw new DiagnosticError(noExamples({ path, found: 'it lists no label', span }))
  return names
}
