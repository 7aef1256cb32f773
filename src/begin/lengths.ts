/** The tokenizer and `max_length` that fit the texts, measured on a sample of them. */

import { loadTokenizer } from '../data/tokenizer/load-tokenizer.ts'
import { forEachRun, normalization, wordsOf } from '../data/tokenizer/normalize.ts'
import type { Tokenizer } from '../data/tokenizer/tokenizer.ts'
import { trainWordPiece } from '../data/tokenizer/train-wordpiece.ts'
import { wordPieceTokenizer } from '../data/tokenizer/wordpiece.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import type { Found } from './found.ts'
import { spaced } from './spaced.ts'

export interface Lengths {
  /** Pieces of a trained tokenizer; those of the folder's otherwise. */
  readonly vocabulary: number
  /** Words that occur at least twice in the sample. */
  readonly words: number
  /** A multiple of 8. */
  readonly maxLength: number
  /** Pieces of a question, for spans. */
  readonly question: number
  /** Share of the examples of the sample that `maxLength` cuts. */
  readonly cut: number
  /** Mean of the pieces of an example, cut to `maxLength`. */
  readonly mean: number
  /** With half of `maxLength`; absent where that would be too short. */
  readonly shorter?: () => Lengths
}

/** Sizes that a trained vocabulary may have. Beyond, most pieces are seen too rarely to be learned. */
const sizes = [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000]
const most = { few: 8_000, rows: 50_000 }
/** Longer examples take most of the time of a run, since attention grows with the square of the length. */
const longest = { words: 128, span: 384, other: 256 }
/** Shorter ones would cut what a text says. */
const shortest = 64

const measured = 2_000
/** Characters that a tokenizer is trained on here: more of them change its lengths little. */
const characters = 3_000_000
const how = normalization(true)

/**
 * @param folder of a tokenizer; absent: one is trained, as the spec will
 * @throws DiagnosticError E0808, E0809, E0813 (no usable tokenizer in the folder)
 */
export function lengthsOf(found: Found, folder?: string): Lengths {
  const { task } = found
  const samples = someOf(found.samples)
  const words = repeatedWords(samples)
  const tokenizer = folder === undefined ? trained(samples, words, found.rows) : loadTokenizer(folder)
  const counts = spaced(samples, measured).map((texts) => texts.map((text) => tokenizer.encode(text).length))
  const whole = counts.map((pieces) => pieces.reduce((sum, count) => sum + count + 1, 1))
  const limit = longest[task.kind === 'words' || task.kind === 'span' ? task.kind : 'other']
  const fitting = Math.max(8, Math.min(limit, eights(quantile(whole, 0.99))))
  const question = eights(
    quantile(
      counts.map(([first = 0]) => first),
      0.99,
    ),
  )
  const of = (maxLength: number): Lengths => ({
    vocabulary: tokenizer.vocabulary.pieces.length,
    words,
    maxLength,
    question,
    cut: whole.filter((count) => count > maxLength).length / Math.max(1, whole.length),
    mean: whole.reduce((sum, count) => sum + Math.min(count, maxLength), 0) / Math.max(1, whole.length),
    ...(maxLength > shortest ? { shorter: () => of(Math.max(shortest, eights(maxLength / 2))) } : {}),
  })
  return of(fitting)
}

/** Evenly spaced samples of so many characters. */
function someOf(samples: Found['samples']): Found['samples'] {
  const all = samples.reduce((sum, texts) => sum + texts.reduce((own, { length }) => own + length, 0), 0)
  return all <= characters ? samples : spaced(samples, Math.ceil((samples.length * characters) / all))
}

function eights(count: number): number {
  return Math.ceil(count / 8) * 8
}

/** The smallest value that at least this share of the values does not exceed. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length))] ?? 0
}

function repeatedWords(samples: Found['samples']): number {
  const counts = new Map<string, number>()
  for (const texts of samples)
    for (const text of texts)
      forEachRun(text, (run) => {
        for (const word of wordsOf(run, how)) counts.set(word, (counts.get(word) ?? 0) + 1)
      })
  return [...counts.values()].filter((count) => count > 1).length
}

/** A piece for about each word that occurs twice: rarer ones are spelled from pieces. */
function trained(samples: Found['samples'], words: number, rows: number): Tokenizer {
  const able = rows < most.rows ? sizes.filter((size) => size <= most.few) : sizes
  const fitting = able.filter((size) => size >= 0.75 * words)
  const texts = samples.flat()
  for (const size of fitting.length > 0 ? fitting : able.slice(-1)) {
    try {
      return wordPieceTokenizer(trainWordPiece(texts, { size, normalization: how, source: 'texts' }), how)
    } catch (error) {
      // The letters alone need more pieces than a small vocabulary has.
      if (!(error instanceof DiagnosticError) || size === able.at(-1)) throw error
    }
  }
  throw new RangeError('no size of a vocabulary')
}
