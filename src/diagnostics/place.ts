/** The place of a diagnostic as lines and columns. */
import type { Sources, Span } from './diagnostic.ts'
import { SourceText } from './source-text.ts'

export interface JsonPlace {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
}

export function placeOf({ file, start, end }: Span, sources: Sources): JsonPlace {
  const text = new SourceText(sources.get(file) ?? '')
  const from = text.positionOf(start)
  const to = text.positionOf(end)
  return { file, line: from.line, column: from.column, endLine: to.line, endColumn: to.column }
}
