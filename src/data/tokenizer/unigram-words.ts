/**
 * Splits a normalized text into words for the model: `▁` stands for each space and usually also before the
 * first word.
 */

export const spaceMark = '▁'

/**
 * The words of a text, in order. A text that is not split at spaces is one word. `first`: nothing precedes
 * it.
 */
export type Words = (text: string, first: boolean) => readonly string[]

export interface SentencePieceSpaces {
  /** Whether runs of spaces become one, with none at the ends (remove_extra_whitespaces). */
  readonly collapses: boolean
  /** Whether there is a mark before the text (add_dummy_prefix). */
  readonly prefixes: boolean
  /** Whether words can be split one by one, because no piece has a mark inside. */
  readonly parts: boolean
}

/** sentencepiece's Normalizer::Normalize, after its table of characters. */
export function sentencePieceWords({ collapses, prefixes, parts }: SentencePieceSpaces): Words {
  return (text) => {
    const kept = collapses ? text.replace(/ {2,}/g, ' ').replace(/^ | $/g, '') : text
    if (kept === '') return []
    const marked = (prefixes ? spaceMark : '') + kept.replaceAll(' ', spaceMark)
    let end = marked.length
    // A mark in the text itself is removed, too.
    while (collapses && marked[end - 1] === spaceMark) end--
    if (end === 0) return []
    const whole = marked.slice(0, end)
    return parts ? partBeforeMarks(whole) : [whole]
  }
}

export interface MetaspaceSpaces {
  /** Whether a WhitespaceSplit comes first: it splits at any space and drops it. */
  readonly splits: boolean
  readonly prefix: 'always' | 'first' | 'never'
  readonly parts: boolean
}

/** The Rust library's pre-tokenizers WhitespaceSplit and Metaspace. */
export function metaspaceWords({ splits, prefix, parts }: MetaspaceSpaces): Words {
  return (text, first) => {
    const pieces = splits ? text.split(/\p{White_Space}+/u) : [text]
    return pieces.flatMap((piece, i) => {
      if (piece === '') return []
      const prefixes = prefix === 'always' || (prefix === 'first' && first && i === 0)
      const marked = piece.replaceAll(' ', spaceMark)
      const whole = prefixes && !marked.startsWith(spaceMark) ? spaceMark + marked : marked
      return parts ? partBeforeMarks(whole) : [whole]
    })
  }
}

function partBeforeMarks(text: string): readonly string[] {
  const words: string[] = []
  let start = 0
  while (start < text.length) {
    const next = text.indexOf(spaceMark, start + 1)
    const end = next < 0 ? text.length : next
    words.push(text.slice(start, end))
    start = end
  }
  return words
}
