/**
 * The steps that change a text before it is split into pieces, as in sentencepiece, ALBERT's published code
 * and Hugging Face's library. These differ in marks, capital letters and tables of characters, so there are
 * two versions of those steps.
 */
import { allMarks } from './character-classes.ts'
import type { Charsmap } from './charsmap.ts'

export interface TextStep {
  readonly apply: (text: string) => string
  /** Whether a text of printable ASCII stays as it is, so that the step can be skipped for it. */
  readonly keepsAscii: boolean
}

export function replaced(from: string, to: string): TextStep {
  return { apply: (text) => text.replaceAll(from, () => to), keepsAscii: false }
}

export function normalForm(form: 'NFC' | 'NFD' | 'NFKC' | 'NFKD'): TextStep {
  return { apply: (text) => text.normalize(form), keepsAscii: true }
}

/**
 * Removes characters of a canonical combining class other than 0 (Python's unicodedata.combining), from a
 * decomposed text.
 */
export function withoutCombining(): TextStep {
  const classes = new Map<string, boolean>()
  const combines = (mark: string): boolean => {
    let known = classes.get(mark)
    if (known === undefined) {
      // U+0345 has the highest class. Normalization puts any other mark with a class above 0 in front of it.
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

/** Removes marks of all kinds (the Rust library's StripAccents). */
export function withoutMarks(): TextStep {
  return { apply: (text) => text.replace(allMarks, ''), keepsAscii: true }
}

/** Lower case with the final sigma, as in Python. */
export function lowerText(): TextStep {
  return { apply: (text) => text.toLowerCase(), keepsAscii: false }
}

/** Lower case by single characters, without the final sigma, as in the Rust library. */
export function lowerCharacters(): TextStep {
  const apply = (text: string): string =>
    text
      .split('Σ')
      .map((part) => part.toLowerCase())
      .join('σ')
  return { apply, keepsAscii: false }
}

/** Runs of the characters at which Python's `str.split` splits become one space, without any at the ends. */
export function joinedSpaces(keepsAscii: boolean): TextStep {
  const space = String.raw`[\t-\r\u001c- \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]`
  const runs = new RegExp(`${space}+`, 'g')
  return { apply: (text) => text.replace(runs, ' ').replace(/^ | $/g, ''), keepsAscii }
}

/** Two and more spaces become one. */
export function singleSpaces(): TextStep {
  return { apply: (text) => text.replace(/ {2,}/g, ' '), keepsAscii: false }
}

/** Removes space at the beginning, the end, or both. */
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
 * A table of characters as sentencepiece applies it: the longest rule at each place. Halves of surrogate
 * pairs become U+FFFD.
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

/** Code points that are always graphemes by themselves in a text of such code points. */
const singles = String.raw`\0-\u000c\u000e-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u052f\u2010-\u2027\u3041-\u3096\u30a0-\u30ff\u4e00-\u9fff\uac00-\ud7a3`
const singlesAlone = new RegExp(`^[${singles}]*$`)

/**
 * A table of characters as the Rust library applies it (spm_precompiled). A grapheme of fewer than 6 bytes is
 * replaced by its shortest rule, even if that rule matches only its first character. A longer grapheme is
 * replaced by characters.
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
