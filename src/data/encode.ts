/**
 * From texts to the ids a model reads: [CLS] text [SEP], or [CLS] text [SEP] text [SEP] with segments 0 and 1, cut to the longest length allowed.
 */
import type { Example } from './dataset.ts'
import type { Tokenizer } from './tokenizer/wordpiece.ts'

export type Encoded = Pick<Example, 'tokens' | 'segments' | 'firstPiece'>

/**
 * One text, or a pair.
 * @param maxLength tokens in all, [CLS] and [SEP] included; a pair loses tokens from the end of whichever text is longer (the second, of equals)
 */
export function encodeTexts(tokenizer: Tokenizer, texts: readonly string[], maxLength: number): Encoded {
  const pieces = texts.map((text) => tokenizer.encode(text))
  const room = Math.max(0, maxLength - 1 - pieces.length)
  return assemble(tokenizer, truncate(pieces, room))
}

/** Longest first, as Hugging Face's `longest_first`: one token at a time from the longer text. */
function truncate(
  pieces: readonly Int32Array<ArrayBuffer>[],
  room: number,
): readonly Int32Array<ArrayBuffer>[] {
  const lengths = pieces.map((ids) => ids.length)
  for (let total = lengths.reduce((sum, n) => sum + n, 0); total > room; total--) {
    const longest = lengths.lastIndexOf(Math.max(...lengths))
    lengths[longest] = (lengths[longest] ?? 0) - 1
  }
  return pieces.map((ids, i) => ids.subarray(0, lengths[i]))
}

function assemble(tokenizer: Tokenizer, pieces: readonly Int32Array[]): Encoded {
  const { classify, separate } = tokenizer.vocabulary
  const length = pieces.reduce((sum, ids) => sum + ids.length + 1, 1)
  const tokens = new Int32Array(length)
  const segments = new Int32Array(length)
  tokens[0] = classify
  let at = 1
  for (const [segment, ids] of pieces.entries()) {
    tokens.set(ids, at)
    tokens[at + ids.length] = separate
    segments.fill(segment, at, at + ids.length + 1)
    at += ids.length + 1
  }
  const firstPiece = Uint8Array.from(tokens, (id) => tokenizer.beginsWord[id] ?? 0)
  return { tokens, segments, firstPiece }
}

/**
 * A document for masked language modelling: its lines one after the other, in blocks of `maxLength` tokens ([CLS] and [SEP] included); the last
 * block is what is left over. Blocks never cross documents. Texts without a piece give nothing.
 */
export function packDocument(
  tokenizer: Tokenizer,
  lines: readonly string[],
  maxLength: number,
): readonly Encoded[] {
  const room = Math.max(1, maxLength - 2)
  const all = lines.flatMap((line) => Array.from(tokenizer.encode(line)))
  const blocks: Encoded[] = []
  for (let at = 0; at < all.length; at += room) {
    blocks.push(assemble(tokenizer, [Int32Array.from(all.slice(at, at + room))]))
  }
  return blocks
}
