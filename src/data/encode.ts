/**
 * Encodes texts as ids: [CLS] text [SEP], or [CLS] text [SEP] text [SEP] with segments 0 and 1, cut to the
 * longest length allowed.
 */
import type { Example } from './dataset.ts'
import type { Tokenizer } from './tokenizer/tokenizer.ts'

export type Encoded = Pick<
  Example,
  'tokens' | 'segments' | 'firstPiece' | 'order' | 'tags' | 'uncut' | 'window'
>

/**
 * One text, or a pair.
 * @param maxLength tokens in all, with [CLS] and [SEP]. A pair loses tokens from the end of the longer text,
 * or of the second if both are equally long.
 */
export function encodeTexts(tokenizer: Tokenizer, texts: readonly string[], maxLength: number): Encoded {
  const pieces = texts.map((text) => tokenizer.encode(text))
  const room = Math.max(0, maxLength - 1 - pieces.length)
  const whole = pieces.reduce((sum, ids) => sum + ids.length + 1, 1)
  return { ...assemble(tokenizer, truncate(pieces, room)), ...(whole > maxLength ? { uncut: whole } : {}) }
}

/** Longest first, as in Hugging Face's `longest_first`: one token at a time from the longer text. */
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

/** [CLS] and each text with its [SEP], of segments 0, 1. */
export function assemble(tokenizer: Tokenizer, pieces: readonly Int32Array[]): Encoded {
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
 * A document for masked language modelling: its lines in sequence, in blocks of `maxLength` tokens ([CLS] and
 * [SEP] included). The last block has the rest. Blocks never cross documents. Texts without a piece give no
 * block.
 */
export function packDocument(
  tokenizer: Tokenizer,
  lines: readonly string[],
  maxLength: number,
): readonly Encoded[] {
  const { pieces } = concatenate(tokenizer, lines)
  return cutIntoBlocks(pieces, maxLength - 2).map(([from, to]) =>
    assemble(tokenizer, [pieces.subarray(from, to)]),
  )
}

/**
 * A document as pairs for sentence-order prediction (Lan et al. 2020, section 3.1). Each block of
 * `packDocument` is split in two at the beginning of a line, or at a word if no line begins inside. Half of
 * the pairs have the second part first: `order` 1.
 * @param draw uniform in (0, 1) for the n-th block of this document: 0 decides the place, 1 the order
 */
export function packPairs(
  tokenizer: Tokenizer,
  lines: readonly string[],
  maxLength: number,
  draw: (block: number, purpose: 0 | 1) => number,
): readonly Encoded[] {
  const { pieces, starts } = concatenate(tokenizer, lines)
  const pairs: Encoded[] = []
  for (const [from, to] of cutIntoBlocks(pieces, maxLength - 3)) {
    const inside = starts.filter((start) => start > from && start < to)
    const places = inside.length > 0 ? inside : wordStarts(tokenizer, pieces, from + 1, to)
    const place = places[Math.floor(draw(pairs.length, 0) * places.length)]
    if (place === undefined) continue
    const parts = [pieces.subarray(from, place), pieces.subarray(place, to)]
    const order = draw(pairs.length, 1) < 0.5 ? 0 : 1
    pairs.push({ ...assemble(tokenizer, order === 1 ? parts.reverse() : parts), order })
  }
  return pairs
}

/** The pieces of all lines, and the index at which each line begins. */
function concatenate(
  tokenizer: Tokenizer,
  lines: readonly string[],
): { pieces: Int32Array; starts: readonly number[] } {
  const encoded = lines.map((line) => tokenizer.encode(line))
  const pieces = new Int32Array(encoded.reduce((sum, ids) => sum + ids.length, 0))
  const starts: number[] = []
  let at = 0
  for (const ids of encoded) {
    starts.push(at)
    pieces.set(ids, at)
    at += ids.length
  }
  return { pieces, starts }
}

function cutIntoBlocks(pieces: Int32Array, size: number): readonly (readonly [number, number])[] {
  const room = Math.max(1, size)
  const count = Math.ceil(pieces.length / room)
  return Array.from({ length: count }, (_, i) => [i * room, Math.min((i + 1) * room, pieces.length)] as const)
}

function wordStarts(tokenizer: Tokenizer, pieces: Int32Array, from: number, to: number): readonly number[] {
  const places = Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i)
  return places.filter((i) => tokenizer.beginsWord[pieces[i] ?? 0] === 1)
}

/**
 * Words of the data with a tag each. The tag is at the first piece of the word, and `firstPiece` marks only
 * these pieces, even if the tokenizer splits a word further (`don't`). Words beyond `maxLength` are cut off.
 */
export function encodeWords(
  tokenizer: Tokenizer,
  words: readonly string[],
  tags: readonly number[] | undefined,
  maxLength: number,
): Encoded {
  const pieces: number[] = []
  const starts: number[] = []
  for (const word of words) {
    starts.push(pieces.length)
    const ids = tokenizer.encode(word)
    // A word of control characters only is still a word with a tag.
    if (ids.length === 0) pieces.push(tokenizer.vocabulary.unknown)
    for (const id of ids) pieces.push(id)
  }
  const room = Math.max(0, maxLength - 2)
  const encoded = assemble(tokenizer, [Int32Array.from(pieces.slice(0, room))])
  const firstPiece = new Uint8Array(encoded.tokens.length)
  const placed = new Int32Array(encoded.tokens.length).fill(-100)
  for (const [i, start] of starts.entries()) {
    if (start >= room) break
    firstPiece[start + 1] = 1
    placed[start + 1] = tags?.[i] ?? -100
  }
  return {
    ...encoded,
    firstPiece,
    ...(tags === undefined ? {} : { tags: placed }),
    ...(pieces.length > room ? { uncut: pieces.length + 2 } : {}),
  }
}
