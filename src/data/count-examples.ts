/** How many training examples a data block has, where its rows say so and are there. */
import type { DataSpec } from '../check/program.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { findFiles } from './find-files.ts'
import { readRows } from './read-texts.ts'
import { rowForm } from './rows/index.ts'

/** Undefined for texts that are cut into examples by their length, and for files that are missing or wrong: training says what is. */
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
