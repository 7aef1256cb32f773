/**
 * Copies of a text with some of its words replaced (TinyBERT: Jiao et al. 2020, algorithm 1): in each copy every word that has candidates is replaced with a
 * probability, by one of them drawn evenly. Draws are keyed by what they are for, so they do not depend on what was drawn before.
 */
import type { PlacedWord } from './placed-words.ts'

export interface Replacing {
  readonly probability: number
  /** Tried; equal ones are left out, also those that equal the text itself. */
  readonly copies: number
  /** Uniform in (0, 1), by copy and word: whether the word is replaced, and by which candidate. */
  readonly draw: (purpose: 'whether' | 'which', copy: number, word: number) => number
}

/** What stands in place of a word in a copy. */
export interface Replacement {
  readonly word: PlacedWord
  readonly by: string
}

/** The copies, each as what is replaced in it, in the order of the words. `candidates` are those of each word, perhaps none. */
export function drawCopies(
  words: readonly PlacedWord[],
  candidates: readonly (readonly string[])[],
  { probability, copies, draw }: Replacing,
): readonly (readonly Replacement[])[] {
  const made = new Map<string, readonly Replacement[]>()
  for (let copy = 0; copy < copies; copy++) {
    const replaced: Replacement[] = []
    for (const [i, word] of words.entries()) {
      const own = candidates[i] ?? []
      const by = own[Math.floor(draw('which', copy, i) * own.length)]
      // A model may well propose the word that stands there.
      if (by === undefined || by.toLowerCase() === word.word) continue
      if (draw('whether', copy, i) < probability) replaced.push({ word, by })
    }
    if (replaced.length === 0) continue
    const key = replaced.map(({ word, by }) => `${word.begin} ${by}`).join('\n')
    if (!made.has(key)) made.set(key, replaced)
  }
  return [...made.values()]
}

/** The text with the replacements in it; all else stays as it is. */
export function replaceWords(text: string, replacements: readonly Replacement[]): string {
  let result = ''
  let at = 0
  for (const { word, by } of replacements) {
    result += text.slice(at, word.begin) + by
    at = word.end
  }
  return result + text.slice(at)
}
