/** The places of pieces in the raw text. Normalizing changes the length of a text. */
import { type Normalization, normalizeRun } from './normalize.ts'

/** A normalized run, and for each of its units the character of the run from which it comes. */
export interface Aligned {
  readonly text: string
  readonly begin: (unit: number) => number
  readonly end: (unit: number) => number
}

/**
 * Normalizes character by character. The result can differ from normalizing the complete run only in the
 * canonical order of several marks on one letter. In that case every unit comes from the complete run.
 */
export function alignRun(run: string, how: Normalization): Aligned {
  return alignUnits([...run], (text) => normalizeRun(text, how))
}

/**
 * Sequences that normalize to one unit: a letter with its marks, and quotation marks of two characters that
 * ALBERT's code replaces.
 */
const units = /``|''|\P{M}\p{M}*|\p{M}+/gu

/**
 * A text normalized letter by letter, with one space between its runs. If a run normalizes differently as a
 * whole, its units come from the complete run.
 */
export function alignText(text: string, normalize: (text: string) => string): Aligned {
  let normal = ''
  const begins: number[] = []
  const ends: number[] = []
  for (const { 0: run, index } of text.matchAll(/[^\s\u0085]+/g)) {
    if (normal !== '') {
      normal += ' '
      begins.push(index)
      ends.push(index)
    }
    const aligned = alignUnits(run.match(units) ?? [], normalize)
    for (let i = 0; i < aligned.text.length; i++) {
      begins.push(index + aligned.begin(i))
      ends.push(index + aligned.end(i))
    }
    normal += aligned.text
  }
  return { text: normal, begin: (unit) => begins[unit] ?? 0, end: (unit) => ends[unit] ?? text.length }
}

/** The fallback: every unit comes from the complete text. */
export function unaligned(text: string, normal: string): Aligned {
  return { text: normal, begin: () => 0, end: () => text.length }
}

function alignUnits(parts: readonly string[], normalize: (text: string) => string): Aligned {
  const begins: number[] = []
  const ends: number[] = []
  let text = ''
  let at = 0
  for (const part of parts) {
    const normal = normalize(part)
    for (let i = 0; i < normal.length; i++) {
      begins.push(at)
      ends.push(at + part.length)
    }
    text += normal
    at += part.length
  }
  const run = parts.join('')
  const whole = normalize(run)
  if (whole !== text) return unaligned(run, whole)
  return { text, begin: (unit) => begins[unit] ?? 0, end: (unit) => ends[unit] ?? run.length }
}
