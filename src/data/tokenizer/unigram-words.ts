/** From a text that has gone through its steps to what is parted into pieces: `▁` for each space and, as a rule, before the first word. */

export const spaceMark = '▁'

/** The words of a text, in order; one that is not parted at spaces is one word. `first`: nothing stands before it. */
export type Words = (text: string, first: boolean) => readonly string[]

export interface SentencePieceSpaces {
  /** Runs of spaces become one, none is left at the ends (remove_extra_whitespaces). */
  readonly collapses: boolean
  /** A mark before the text (add_dummy_prefix). */
  readonly prefixes: boolean
  /** No piece has a mark inside, so words can be parted one by one. */
  readonly parts: boolean
}

/** sentencepiece's Normalizer::Normalize, behind its table of characters. */
export function sentencePieceWords({ collapses, prefixes, parts }: SentencePieceSpaces): Words {
  return (text) => {
    const kept = collapses ? text.replace(/ {2,}/g, ' ').replace(/^ | $/g, '') : text
    if (kept === '') return []
    const marked = (prefixes ? spaceMark : '') + kept.replaceAll(' ', spaceMark)
    let end = marked.length
    // A mark that the text itself has goes too.
    while (collapses && marked[end - 1] === spaceMark) end--
    if (end === 0) return []
    const whole = marked.slice(0, end)
    return parts ? partBeforeMarks(whole) : [whole]
  }
}

export interface MetaspaceSpaces {
  /** A WhitespaceSplit stands in front: any space parts, and is dropped. */
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
