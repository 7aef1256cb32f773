/** Tokens of a training example before any tokenizer is there: from a sample of the texts. */
import type { DataSpec } from '../check/program.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import type { Divisions } from './divide.ts'
import { missingFiles, readRows } from './read-texts.ts'
import { rowForm } from './rows/index.ts'

/** Rows that are sampled, evenly over the training data. */
const sampled = 500

/** Pieces of a word or sign, in the WordPiece vocabularies of the shipped specs: about 1.25. */
const piecesOfWord = 1.25

/**
 * Undefined for texts that fill all positions, for blocks that are padded to `max_length`, and where the
 * files are missing or wrong.
 */
export function meanTokens(spec: DataSpec, divisions?: Divisions): number | undefined {
  if (spec.train === undefined || spec.pad === 'max_length' || !rowForm(spec).oneExample) return undefined
  if (missingFiles([spec]).length > 0) return undefined
  try {
    const rows = readRows(spec, 'train', { labels: false, ...(divisions ? { divisions } : {}) })
    const every = Math.max(1, Math.floor(rows.length / sampled))
    const lengths = rows
      .filter((_, i) => i % every === 0)
      .map(({ texts }) => Math.min(spec.maxLength, 1 + texts.reduce((n, text) => n + piecesOf(text) + 1, 0)))
    return lengths.length === 0 ? undefined : lengths.reduce((a, b) => a + b, 0) / lengths.length
  } catch (error) {
    if (error instanceof DiagnosticError) return undefined
    throw error
  }
}

function piecesOf(text: string): number {
  return piecesOfWord * (text.match(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu)?.length ?? 0)
}
