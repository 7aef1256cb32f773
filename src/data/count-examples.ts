/**
 * Number of training examples of a data block, if its rows determine it and its files exist. For texts that
 * are split by their length: whether they are enough.
 */
import { statSync } from 'node:fs'
import type { DataSpec, Program } from '../check/program.ts'
import { filesOf } from '../check/splits.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import type { Divisions } from './divide.ts'
import { isLarger } from './file-part.ts'
import { findFiles } from './find-files.ts'
import { encodeRows, isOrdered } from './load-dataset.ts'
import { missingFiles, readRows } from './read-texts.ts'
import { rowForm } from './rows/index.ts'
import { type Tokenizers, trainedOn } from './vocabularies.ts'

/**
 * Undefined for texts that are split by their length, and for missing or wrong files, which training reports.
 */
export function countExamples(spec: DataSpec, divisions?: Divisions): number | undefined {
  if (spec.train === undefined || !rowForm(spec).oneExample || missingFiles([spec]).length > 0)
    return undefined
  try {
    return readRows(spec, 'train', { labels: false, ...(divisions ? { divisions } : {}) }).length
  } catch (error) {
    if (error instanceof DiagnosticError) return undefined
    throw error
  }
}

/** Bytes of text that a tokenizer is trained on to count examples. */
const trainable = 2 ** 20

/**
 * Training examples of texts that are cut by their length, where they are fewer than `enough`. Undefined
 * where they are more, where a file is larger than `limit` bytes, and where a tokenizer would have to be
 * trained on much text first.
 * @throws DiagnosticError what is wrong with the files
 */
export function fewExamples(
  program: Program,
  spec: DataSpec,
  tokenizers: Tokenizers,
  { enough, limit }: { readonly enough: number; readonly limit: number },
): number | undefined {
  const { tokenizer } = spec
  const files = trainingFiles(spec)
  if (files.length === 0 || files.some((file) => isLarger(file, limit))) return undefined
  if (tokenizer.kind === 'wordpiece') {
    const texts = trainingFiles(trainedOn(program, spec))
    if (texts.reduce((sum, file) => sum + statSync(file).size, 0) > trainable) return undefined
  }
  const own = tokenizers.of(spec)
  const ordered = isOrdered(program, spec.name)
  let count = 0
  for (const row of readRows(spec, 'train')) {
    count += encodeRows(spec, [row], own, ordered).length
    if (count >= enough) return undefined
  }
  return count
}

function trainingFiles(spec: DataSpec): readonly string[] {
  return filesOf(spec, 'train').flatMap(({ path }) => findFiles(path))
}
