/** Number of training examples of a data block, if its rows determine it and its files exist. */
import type { DataSpec } from '../check/program.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { findFiles } from './find-files.ts'
import { readRows } from './read-texts.ts'
import { rowForm } from './rows/index.ts'

/**
 * Undefined for texts that are split by their length, and for missing or wrong files, which training reports.
 */
export function countExamples(spec: DataSpec): number | undefined {
  const { train } = spec
  if (train === undefined || !rowForm(spec).oneExample) return undefined
  if (findFiles(train.path).length === 0) return undefined
  try {
    return readRows(spec, train, { labels: false }).length
  } catch (error) {
    if (error instanceof DiagnosticError) return undefined
    throw error
  }
}
