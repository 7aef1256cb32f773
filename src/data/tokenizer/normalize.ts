/**
 * BERT's basic tokenizer: raw text -> words. It cleans the text, separates ideographs, strips accents, lowers
 * the case, and splits at spaces and punctuation (Devlin et al. 2018, tokenization.py; the Rust library's
 * BertNormalizer and BertPreTokenizer).
 */
import { accents, ideographs, isSpace, removedCharacters, words } from './character-classes.ts'

export interface Normalization {
  readonly lowercase: boolean
  /** Usually the same as `lowercase`. */
  readonly stripAccents: boolean
  /** Each ideograph is a word of its own. */
  readonly splitIdeographs: boolean
}

/** The settings if only `do_lower_case` is known. */
export function normalization(lowercase: boolean): Normalization {
  return { lowercase, stripAccents: lowercase, splitIdeographs: true }
}

/**
 * Calls `visit` with each run of the raw text between spaces. Normalizing a run does not depend on its
 * neighbours, so runs can be normalized and cached one by one.
 */
export function forEachRun(text: string, visit: (run: string) => void): void {
  const end = text.length
  let start = 0
  while (start < end) {
    while (start < end && isSpace(text.charCodeAt(start))) start++
    if (start === end) return
    let stop = start + 1
    while (stop < end && !isSpace(text.charCodeAt(stop))) stop++
    visit(text.slice(start, stop))
    start = stop + 1
  }
}

const plain = /^[a-z0-9]+$/

/** The words of one run, or of any text. */
export function wordsOf(run: string, how: Normalization): readonly string[] {
  if (plain.test(run)) return [run]
  return normalizeRun(run, how).match(words) ?? []
}

/** A run before it is split into words. */
export function normalizeRun(
  run: string,
  { lowercase, stripAccents, splitIdeographs }: Normalization,
): string {
  let text = run.replace(removedCharacters, '')
  if (splitIdeographs) text = text.replace(ideographs, ' $& ')
  if (stripAccents) text = text.normalize('NFD').replace(accents, '')
  return lowercase ? lower(text) : text
}

/**
 * One character at a time, as in the reference. JavaScript would turn a capital sigma at the end of a word
 * into a final one.
 */
function lower(text: string): string {
  return text
    .split('Σ')
    .map((part) => part.toLowerCase())
    .join('σ')
}
