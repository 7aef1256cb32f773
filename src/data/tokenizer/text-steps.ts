/**
 * What happens to a text before it is parted into pieces, a step at a time, as sentencepiece, ALBERT's published code and Hugging Face's
 * library do it. The three differ in marks, capital letters and tables of characters, so these come in two ways each.
 */
import { allMarks } from './character-classes.ts'
import type { Charsmap } from './charsmap.ts'

export interface TextStep {
  readonly apply: (text: string) => string
  /** A text of printable ASCII stays as it is, so the step can be left out there. */
  readonly keepsAscii: boolean
}

export function replaced(from: string, to: string): TextStep {
  return { apply: (text) => text.replaceAll(from, () => to), keepsAscii: false }
}

export function normalForm(form: 'NFC' | 'NFD' | 'NFKC' | 'NFKD'): TextStep {
  return { apply: (text) => text.normalize(form), keepsAscii: true }
}

/** Without characters of a canonical combining class other than 0 (Python's unicodedata.combining). Of a decomposed text. */
export function withoutCombining(): TextStep {
  const classes = new Map<string, boolean>()
  const combines = (mark: string): boolean => {
    let known = classes.get(mark)
    if (known === undefined) {
      // U+0345 has the highest class: any other mark of a class above 0 goes in front of it.
      known = mark === '\u0345' || !`\u0345${mark}`.normalize('NFD').startsWith('\u0345')
      classes.set(mark, known)
    }
    return known
  }
  return {
    apply: (text) => text.replace(/\p{M}/gu, (mark) => (combines(mark) ? '' : mark)),
    keepsAscii: true,
  }
}

/** Without marks of any kind (the Rust library's StripAccents). */
export function withoutMarks(): TextStep {
  return { apply: (text) => text.replace(allMarks, ''), keepsAscii: true }
}

/** With the final sigma, as Python has it. */
export function lowerText(): TextStep {
  return { apply: (text) => text.toLowerCase(), keepsAscii: false }
}

/** A character at a time: no final sigma, as the Rust library has it. */
export function lowerCharacters(): TextStep {
  const apply = (text: string): string =>
    text
      .split('Σ')
      .map((part) => part.toLowerCase())
      .join('σ')
  return { apply, keepsAscii: false }
}

/** Runs of what Python's `str.split` parts at become one space; none is left at the ends. */
export function joinedSpaces(keepsAscii: boolean): TextStep {
  const space = String.raw`[\t-\r\u001c- \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]`
  const runs = new RegExp(`${space}+`, 'g')
  return { apply: (text) => text.replace(runs, ' ').replace(/^ | $/g, ''), keepsAscii }
}

/** Two and more spaces become one. */
export function singleSpaces(): TextStep {
  return { apply: (text) => text.replace(/ {2,}/g, ' '), keepsAscii: false }
}

/** Without space at the beginning, at the end. */
export function stripped(left: boolean, right: boolean): TextStep {
  const start = (text: string): string => (left ? text.replace(/^\p{White_Space}+/u, '') : text)
  const end = (text: string): string => {
    let stop = text.length
    while (right && stop > 0 && /\p{White_Space}/u.test(text[stop - 1] ?? '')) stop--
    return text.slice(0, stop)
  }
  return { apply: (text) => end(start(text)), keepsAscii: false }
}

/**
 * A table of characters as sentencepiece reads it: the longest rule at each place. Halves of surrogate pairs become U+FFFD.
 * @param kept pieces that stay as they are (user-defined ones)
 */
export function longestRules(charsmap: Charsmap, kept: readonly string[]): TextStep {
  const longestFirst = [...kept].sort((a, b) => b.length - a.length)
  const starts = new Set(kept.map((piece) => piece[0]))
  const keptAt = (text: string, at: number): number =>
    starts.has(text[at]) ? (longestFirst.find((piece) => text.startsWith(piece, at))?.length ?? 0) : 0
  const apply = (text: string): string => {
    const whole = wellFormed(text)
    let result = ''
    let copied = 0
    for (let at = 0; at < whole.length; ) {
      const own = keptAt(whole, at)
      if (own > 0) {
        at += own
        continue
      }
      const match = charsmap.longest(whole, at)
      if (match === undefined) {
        at += characterSize(whole, at)
        continue
      }
      result += whole.slice(copied, at) + match.replacement
      at = match.end
      copied = at
    }
    return result + whole.slice(copied)
  }
  return { apply, keepsAscii: charsmap.keepsAscii }
}

/** Code points that are graphemes of their own, for certain, in a text of nothing else. */
const singles = String.raw`\0-\u000c\u000e-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u052f\u2010-\u2027\u3041-\u3096\u30a0-\u30ff\u4e00-\u9fff\uac00-\ud7a3`
const singlesAlone = new RegExp(`^[${singles}]*$`)

/**
 * A table of characters as the Rust library reads it (spm_precompiled): a grapheme of fewer than 6 bytes becomes whatever its shortest rule says,
 * also where the rule is about its first character only; a longer one goes by characters.
 */
export function graphemeRules(charsmap: Charsmap): TextStep {
  const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' })
  const ofCharacters = (text: string): string => {
    let result = ''
    for (const character of text) result += charsmap.shortest(character, 0)?.replacement ?? character
    return result
  }
  const apply = (text: string): string => {
    const whole = wellFormed(text)
    if (singlesAlone.test(whole)) return ofCharacters(whole)
    let result = ''
    for (const { segment } of segmenter.segment(whole)) {
      const match = Buffer.byteLength(segment) < 6 ? charsmap.shortest(segment, 0) : undefined
      result += match?.replacement ?? ofCharacters(segment)
    }
    return result
  }
  return { apply, keepsAscii: charsmap.keepsAscii }
}

function wellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, '\ufffd')
}

function characterSize(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
}
