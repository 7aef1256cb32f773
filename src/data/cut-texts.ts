/**
 * Counts the texts that `max_length` cuts, and finds the longest. The model never reads the rest of a cut
 * text, so this is reported before training.
 */
import { statSync } from 'node:fs'
import type { DataSpec, Program } from '../check/program.ts'
import { filesOf, splitNames } from '../check/splits.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import type { Example, SplitName } from './dataset.ts'
import { findFiles } from './find-files.ts'
import { encodeRows } from './load-dataset.ts'
import { readRows } from './read-texts.ts'
import { rowForm } from './rows/index.ts'
import { openTokenizers } from './vocabularies.ts'

export interface CutTexts {
  readonly data: string
  readonly split: SplitName
  readonly max_length: number
  readonly cut: number
  readonly texts: number
  /** Tokens of the longest text, [CLS] and [SEP] included. */
  readonly longest: number
  /** Whether only the first texts of the file were counted. */
  readonly sample: boolean
}

/** Undefined if no text is cut. */
export function cutTexts(
  { name, maxLength }: DataSpec,
  split: SplitName,
  examples: readonly Example[],
  sample = false,
): CutTexts | undefined {
  const cut = examples.flatMap(({ uncut }) => uncut ?? [])
  if (cut.length === 0) return undefined
  const longest = cut.reduce((most, length) => Math.max(most, length), 0)
  return {
    data: name,
    split,
    max_length: maxLength,
    cut: cut.length,
    texts: examples.length,
    longest,
    sample,
  }
}

/** `data labelled: max_length = 64 cuts 12 of 800 training texts; the longest has 180 tokens` */
export function cutLine({ data, split, max_length: most, cut, texts, longest, sample }: CutTexts): string {
  const count = (value: number): string => value.toLocaleString('en')
  const kind = split === 'train' ? 'training' : split
  const all = `${sample ? 'the first ' : ''}${count(texts)} ${kind} text${texts === 1 ? '' : 's'}`
  return `data ${data}: max_length = ${count(most)} cuts ${count(cut)} of ${all}; the longest has ${count(longest)} tokens`
}

/** Larger files are not read before training. Of many texts, the first ones are counted. */
const limits = { bytes: 64 * 2 ** 20, texts: 2_000 }

/**
 * Cut texts of a block whose files exist. Undefined if they do not, or if the tokenizer has to be trained
 * first. `check` and `train` report wrong files.
 */
export function foreseenCuts(program: Program, spec: DataSpec): CutTexts[] {
  if (!rowForm(spec).oneExample || spec.tokenizer.kind !== 'folder') return []
  return splitNames.flatMap((split) => {
    const files = filesOf(spec, split).flatMap(({ path }) => findFiles(path))
    const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0)
    if (files.length === 0 || bytes > limits.bytes) return []
    try {
      const rows = readRows(spec, split, { labels: false })
      const own = openTokenizers(program).of(spec)
      const examples = encodeRows(spec, rows.slice(0, limits.texts), own, false)
      return cutTexts(spec, split, examples, rows.length > limits.texts) ?? []
    } catch (error) {
      if (error instanceof DiagnosticError) return []
      throw error
    }
  })
}
