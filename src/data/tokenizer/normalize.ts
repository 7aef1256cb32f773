/**
 * BERT's basic tokenizer: from raw text to words. Clean the text, set ideographs apart, strip accents, lower the case, split at space and
 * punctuation (Devlin et al. 2018, tokenization.py; the Rust library's BertNormalizer and BertPreTokenizer).
 */
import { accents, ideographs, isSpace, removedCharacters, words } from './character-classes.ts'

export interface Normalization {
  readonly lowercase: boolean
  /** As a rule the same as `lowercase`. */
  readonly stripAccents: boolean
  /** Each ideograph is a word of its own. */
  readonly splitIdeographs: boolean
}

/** What `do_lower_case` alone decides. */
export function normalization(lowercase: boolean): Normalization {
  return { lowercase, stripAccents: lowercase, splitIdeographs: true }
}

/**
 * Calls `visit` with each run of the raw text between spaces. Normalizing never makes or removes a space inside
 * a run in a way that reaches over its ends, so runs can be normalized, and remembered, one by one.
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

/** The words of one run (or of any text). */
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

/** One character at a time, as the reference does: JavaScript would make a capital sigma at the end of a word a final one. */
function lower(text: string): string {
  return text
    .split('Σ')
    .map((part) => part.toLowerCase())
    .join('σ')
}
