/**
 * The words of a text that may be replaced, the place of each, and whether the tokenizer keeps it in one
 * piece.
 */
import { words } from '../tokenizer/character-classes.ts'
import { normalizeRun } from '../tokenizer/normalize.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { stopWords } from './stop-words.ts'

export interface PlacedWord {
  /** UTF-16 units of the text; the end is not included. */
  readonly begin: number
  readonly end: number
  /** In lower case, without accents where the tokenizer strips them. */
  readonly word: string
  /** The index of its piece, if it is a single one. */
  readonly piece?: number
}

export interface PlacedText {
  /** Pieces of the text, without [CLS] and [SEP]. */
  readonly ids: Int32Array
  readonly words: readonly PlacedWord[]
}

const letters = /^[a-z]+$/

/** Words of the letters a to z in either case, without stop words, as in TinyBERT's published program. */
export function placeWords(text: string, tokenizer: Tokenizer): PlacedText {
  const { ids, begins, ends } = tokenizer.place(text)
  const { stripAccents } = foldingOf(tokenizer)
  const found: PlacedWord[] = []
  let first = 0
  for (const { 0: surface, index: begin } of text.matchAll(words)) {
    const end = begin + surface.length
    while (first < ids.length && (ends[first] ?? 0) <= begin) first++
    const word = normalizeRun(surface, { lowercase: true, stripAccents, splitIdeographs: false })
    if (!letters.test(word) || stopWords.has(word)) continue
    // A piece may include the space before its word.
    const isWhole = text.slice(begins[first], begin).trim() === '' && ends[first] === end
    found.push({ begin, end, word, ...(isWhole ? { piece: first } : {}) })
  }
  return { ids, words: found }
}

/** The differences that a tokenizer ignores: case and accents. */
export function foldingOf(tokenizer: Tokenizer): {
  readonly lowercase: boolean
  readonly stripAccents: boolean
} {
  if (tokenizer.kind === 'wordpiece') return tokenizer.normalization
  const same = (a: string, b: string): boolean => tokenizer.encode(a).join() === tokenizer.encode(b).join()
  return { lowercase: same('A', 'a'), stripAccents: same('\u00e9', 'e') }
}
