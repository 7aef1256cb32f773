/** Where pieces stand in the raw text, which normalizing changes in length. */
import { type Normalization, normalizeRun } from './normalize.ts'

export interface PlacedPieces {
  readonly ids: Int32Array<ArrayBuffer>
  /** UTF-16 units of the raw text, by piece; the end is not included. */
  readonly begins: Int32Array<ArrayBuffer>
  readonly ends: Int32Array<ArrayBuffer>
}

/** A normalized run, and of each of its units the character of the run that it comes from. */
export interface Aligned {
  readonly text: string
  readonly begin: (unit: number) => number
  readonly end: (unit: number) => number
}

/**
 * Normalizes character by character. Only the canonical order of several marks on one letter can make that differ from normalizing the whole;
 * then every unit comes from the whole run.
 */
export function alignRun(run: string, how: Normalization): Aligned {
  const begins: number[] = []
  const ends: number[] = []
  let text = ''
  let at = 0
  for (const character of run) {
    const normal = normalizeRun(character, how)
    for (let i = 0; i < normal.length; i++) {
      begins.push(at)
      ends.push(at + character.length)
    }
    text += normal
    at += character.length
  }
  const whole = normalizeRun(run, how)
  if (whole !== text) return { text: whole, begin: () => 0, end: () => run.length }
  return { text, begin: (unit) => begins[unit] ?? 0, end: (unit) => ends[unit] ?? run.length }
}
