/**
 * Trains a WordPiece vocabulary. Equal texts give equal vocabularies on every machine. Pieces are merged by
 * frequency, as in Hugging Face's WordPieceTrainer: byte-pair encoding with "##" before pieces that continue
 * a word (Sennrich et al. 2016). Each step merges the most frequent pair of neighbours, the alphabetically
 * first of equals.
 */
import { DiagnosticError, type Span } from '../../diagnostics/diagnostic.ts'
import { vocabularyTooSmall } from '../../diagnostics/messages/tokenizers.ts'
import type { Vocabulary } from '../dataset.ts'
import { oneWorker, type Workers } from '../workers.ts'
import { forEachRun, type Normalization, wordsOf } from './normalize.ts'
import { PairQueue } from './pair-queue.ts'
import { makeVocabulary, specialPieces } from './vocabulary.ts'
import { longestWord } from './wordpiece.ts'

export interface TrainingOptions {
  /**
   * Number of pieces, special ones included. The vocabulary has exactly this size. If the text has no more
   * pairs, `[unused0]` ... fill it.
   */
  readonly size: number
  readonly normalization: Normalization
  /** Name of the data block, for messages. */
  readonly source: string
  readonly span?: Span
}

/** A pair that occurs less often is not merged: its piece would be learned from one example. */
const leastCount = 2
/**
 * Largest number of characters, the most frequent first (Hugging Face's `limit_alphabet`). All others become
 * [UNK].
 */
const largestAlphabet = 1000

/** @throws DiagnosticError E0810 if the characters alone need more pieces than `size` */
export function trainWordPiece(
  texts: Iterable<string>,
  options: TrainingOptions,
  workers: Workers = oneWorker,
): Vocabulary {
  const words = teachingWords(texts, options, workers)
  const pieces = new PieceTable()
  const alphabet = fittingAlphabet(words, options)
  for (const piece of [...specialPieces, ...alphabet]) pieces.add(piece)
  new Joiner(words, pieces).grow(options.size)
  const texted = [...pieces.texts]
  for (let n = 0; texted.length < options.size; n++) texted.push(`[unused${n}]`)
  return makeVocabulary(texted, `wordpiece(size = ${options.size})`, options.span)
}

/**
 * Throws E0810 as `trainWordPiece`, without training. Reads texts only if their characters could be too many.
 */
export function requireAlphabetFits(texts: Iterable<string>, options: TrainingOptions): void {
  const most = specialPieces.length + 2 * largestAlphabet
  if (options.size < most) fittingAlphabet(teachingWords(texts, options), options)
}

function teachingWords(
  texts: Iterable<string>,
  { normalization }: TrainingOptions,
  workers = oneWorker,
): readonly (readonly [string, number])[] {
  // Longer words are encoded as [UNK], so they are left out.
  return [...countWords(texts, normalization, workers)].filter(([word]) => word.length <= longestWord)
}

function fittingAlphabet(
  words: readonly (readonly [string, number])[],
  { size, source, span }: TrainingOptions,
): readonly string[] {
  const alphabet = alphabetOf(words)
  const needed = specialPieces.length + alphabet.length
  if (needed <= size) return alphabet
  const place = span === undefined ? {} : { span }
  throw new DiagnosticError(vocabularyTooSmall({ data: source, size, needed, ...place }))
}

/** The number of occurrences of each word. Each worker counts those of every n-th text. */
function countWords(
  texts: Iterable<string>,
  how: Normalization,
  workers: Workers,
): ReadonlyMap<string, number> {
  const shares = Array.from({ length: workers.count }, (_, share) => share)
  const count = (share: number): ReadonlyMap<string, number> => countShare(texts, how, share, workers.count)
  const [all = new Map<string, number>(), ...others] = workers.each(shares, count, 'its counts of words')
  if (others.length === 0) return all
  const sums = new Map(all)
  for (const counts of others) for (const [word, more] of counts) sums.set(word, (sums.get(word) ?? 0) + more)
  return sums
}

function countShare(
  texts: Iterable<string>,
  how: Normalization,
  share: number,
  shares: number,
): ReadonlyMap<string, number> {
  const runs = new Map<string, number>()
  let index = 0
  for (const text of texts)
    if (index++ % shares === share) forEachRun(text, (run) => runs.set(run, (runs.get(run) ?? 0) + 1))
  const counts = new Map<string, number>()
  for (const [run, count] of runs) {
    for (const word of wordsOf(run, how)) counts.set(word, (counts.get(word) ?? 0) + count)
  }
  return counts
}

/**
 * Every character of the alphabet, as the beginning of a word and as its continuation if it occurs as both.
 * In alphabetical order.
 */
function alphabetOf(words: readonly (readonly [string, number])[]): readonly string[] {
  const counts = new Map<string, number>()
  const forms = new Set<string>()
  for (const [word, count] of words) {
    let first = true
    for (const character of word) {
      counts.set(character, (counts.get(character) ?? 0) + count)
      forms.add(first ? character : `##${character}`)
      first = false
    }
  }
  const byCount = [...counts].sort(([a, m], [b, n]) => n - m || compareText(a, b))
  const kept = new Set(byCount.slice(0, largestAlphabet).map(([character]) => character))
  return [...forms].filter((form) => kept.has(form.replace(/^##(?=.)/u, ''))).sort(compareText)
}

/** By UTF-16 units: the same everywhere, unlike a locale's order. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Pieces in order of creation. */
class PieceTable {
  readonly texts: string[] = []
  private readonly ids = new Map<string, number>()

  find(text: string): number | undefined {
    return this.ids.get(text)
  }

  text(id: number): string {
    return this.texts[id] ?? ''
  }

  /** The id of a piece. It may exist already: "a" + "##bc" and "ab" + "##c" make the same one. */
  add(text: string): number {
    const known = this.ids.get(text)
    if (known !== undefined) return known
    this.ids.set(text, this.texts.length)
    return this.texts.push(text) - 1
  }
}

/**
 * The words as sequences of pieces, the counts of all neighbouring pairs, and the words in which a pair
 * occurs. To merge a pair, only these words are visited, and only the counts beside its places change.
 */
class Joiner {
  private readonly sequences: number[][] = []
  private readonly counts: number[] = []
  private readonly pairs: PairQueue
  private readonly pieces: PieceTable

  constructor(words: readonly (readonly [string, number])[], pieces: PieceTable) {
    this.pieces = pieces
    this.pairs = new PairQueue((left, right) => [pieces.text(left), pieces.text(right)])
    for (const [word, count] of words) {
      for (const sequence of split(word, pieces)) {
        if (sequence.length < 2) continue
        const index = this.sequences.push(sequence) - 1
        this.counts.push(count)
        for (let i = 1; i < sequence.length; i++)
          this.pairs.change(sequence[i - 1] ?? 0, sequence[i] ?? 0, count, index)
      }
    }
    this.pairs.settle()
  }

  /** Merges pairs until there are `size` pieces, or no pair occurs often enough. */
  grow(size: number): void {
    while (this.pieces.texts.length < size) {
      const pair = this.pairs.take(leastCount)
      if (pair === undefined) return
      const { left, right, words } = pair
      const joined = this.pieces.add(this.pieces.text(left) + this.pieces.text(right).slice(2))
      for (const index of words) this.join(index, left, right, joined)
      this.pairs.settle()
    }
  }

  private join(index: number, left: number, right: number, joined: number): void {
    const sequence = this.sequences[index] ?? []
    const count = this.counts[index] ?? 0
    for (let i = 0; i + 1 < sequence.length; i++) {
      if (sequence[i] !== left || sequence[i + 1] !== right) continue
      const before = sequence[i - 1]
      const after = sequence[i + 2]
      this.pairs.change(left, right, -count, index)
      if (i > 0 && before !== undefined) {
        this.pairs.change(before, left, -count, index)
        this.pairs.change(before, joined, count, index)
      }
      if (after !== undefined) {
        this.pairs.change(right, after, -count, index)
        this.pairs.change(joined, after, count, index)
      }
      sequence.splice(i, 2, joined)
    }
  }
}

/** A word as ids of its characters, split at characters outside the alphabet. */
function split(word: string, pieces: PieceTable): readonly number[][] {
  const parts: number[][] = [[]]
  let first = true
  for (const character of word) {
    const id = pieces.find(first ? character : `##${character}`)
    first = false
    if (id === undefined) parts.push([])
    else parts.at(-1)?.push(id)
  }
  return parts
}
