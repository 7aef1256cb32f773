/**
 * Copies of a text with some words replaced (TinyBERT: Jiao et al. 2020, algorithm 1). In each copy, every
 * word that has candidates is replaced with a probability, by a candidate drawn uniformly. Each draw has a
 * key of its own, so it does not depend on earlier draws.
 */
import type { PlacedWord } from './placed-words.ts'

export interface Replacing {
  readonly probability: number
  /** Number of attempts. Copies that equal another one or the text itself are left out. */
  readonly copies: number
  /**
   * Uniform in (0, 1), for each copy and word. It decides whether the word is replaced, and by which
   * candidate.
   */
  readonly draw: (purpose: 'whether' | 'which', copy: number, word: number) => number
}

/** A word of a copy that replaces one of the text. */
export interface Replacement {
  readonly word: PlacedWord
  readonly by: string
}

/**
 * The copies, each as its replacements in the order of the words. `candidates` has an entry for each word,
 * which may be empty.
 */
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
      // A model may propose the word itself.
      if (by === undefined || by.toLowerCase() === word.word) continue
      if (draw('whether', copy, i) < probability) replaced.push({ word, by })
    }
    if (replaced.length === 0) continue
    const key = replaced.map(({ word, by }) => `${word.begin} ${by}`).join('\n')
    if (!made.has(key)) made.set(key, replaced)
  }
  return [...made.values()]
}

/** The text with its replacements. Everything else stays as it is. */
export function replaceWords(text: string, replacements: readonly Replacement[]): string {
  let result = ''
  let at = 0
  for (const { word, by } of replacements) {
    result += text.slice(at, word.begin) + by
    at = word.end
  }
  return result + text.slice(at)
}
