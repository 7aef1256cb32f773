/**
 * WordPiece: the longest piece of the vocabulary first, repeated to the end of the word (Schuster and
 * Nakajima 2012; Devlin et al. 2018). Text repeats its words, so the pieces of a run of characters are
 * cached, which makes it fast (bench/tokenizer.ts).
 */
import type { Vocabulary } from '../dataset.ts'
import { words } from './character-classes.ts'
import { forEachRun, type Normalization, wordsOf } from './normalize.ts'
import { alignRun } from './offsets.ts'
import type { PlacedPieces, WordPieceTokenizer } from './tokenizer.ts'

/** Words with more characters become one unknown piece. */
export const longestWord = 100
/** Largest number of cached runs, and largest length of one. */
const rememberedRuns = 500_000
const longestRememberedRun = 48

/** @returns a tokenizer with a cache of runs for its lifetime */
export function wordPieceTokenizer(vocabulary: Vocabulary, normalization: Normalization): WordPieceTokenizer {
  const idOf = new Map(vocabulary.pieces.map((piece, id) => [piece, id]))
  const remembered = new Map<string, readonly number[]>()
  let sink = new Int32Array(256)
  let length = 0

  const idsOf = (run: string): readonly number[] => {
    const known = remembered.get(run)
    if (known !== undefined) return known
    const ids: number[] = []
    for (const word of wordsOf(run, normalization)) appendPieces(word, idOf, vocabulary.unknown, ids)
    if (run.length <= longestRememberedRun) {
      if (remembered.size >= rememberedRuns) remembered.clear()
      remembered.set(run, ids)
    }
    return ids
  }
  const append = (run: string): void => {
    const ids = idsOf(run)
    if (length + ids.length > sink.length) {
      const larger = new Int32Array(2 * (length + ids.length))
      larger.set(sink)
      sink = larger
    }
    for (let i = 0; i < ids.length; i++) sink[length++] = ids[i] ?? 0
  }
  const encode = (text: string): Int32Array<ArrayBuffer> => {
    length = 0
    forEachRun(text, append)
    return sink.slice(0, length)
  }
  const place = (text: string): PlacedPieces => {
    const ids: number[] = []
    const begins: number[] = []
    const ends: number[] = []
    let from = 0
    forEachRun(text, (run) => {
      const start = text.indexOf(run, from)
      from = start + run.length
      const { text: normal, begin, end } = alignRun(run, normalization)
      for (const match of normal.matchAll(words)) {
        const [word] = match
        const before = ids.length
        appendPieces(word, idOf, vocabulary.unknown, ids)
        let unit = match.index
        for (let i = before; i < ids.length; i++) {
          const piece = vocabulary.pieces[ids[i] ?? 0] ?? ''
          const size = ids[i] === vocabulary.unknown ? word.length : piece.length - (i === before ? 0 : 2)
          begins.push(start + begin(unit))
          ends.push(start + end(unit + size - 1))
          unit += size
        }
      }
    })
    return { ids: Int32Array.from(ids), begins: Int32Array.from(begins), ends: Int32Array.from(ends) }
  }
  return {
    kind: 'wordpiece',
    vocabulary,
    normalization,
    encode,
    place,
    beginsWord: wordBeginnings(vocabulary),
    spelling: (id) => {
      const piece = vocabulary.pieces[id] ?? ''
      return isContinuing(piece)
        ? { text: piece.slice(2), continues: true }
        : { text: piece, continues: false }
    },
  }
}

/** Appends the pieces of a word. If a part of it has no piece, the complete word is one unknown piece. */
function appendPieces(word: string, idOf: ReadonlyMap<string, number>, unknown: number, ids: number[]): void {
  const whole = idOf.get(word)
  const size = characters(word)
  if (whole !== undefined && size <= longestWord) {
    ids.push(whole)
    return
  }
  const before = ids.length
  let start = size > longestWord ? -1 : 0
  while (start >= 0 && start < word.length) {
    let end = word.length
    let id: number | undefined
    for (; end > start; end -= isLowSurrogate(word, end - 1) ? 2 : 1) {
      const piece = word.slice(start, end)
      id = idOf.get(start === 0 ? piece : `##${piece}`)
      if (id !== undefined) break
    }
    if (id === undefined) start = -1
    else {
      ids.push(id)
      start = end
    }
  }
  if (start < 0) {
    ids.length = before
    ids.push(unknown)
  }
}

function isLowSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at)
  return unit >= 0xdc00 && unit <= 0xdfff
}

function characters(word: string): number {
  if (word.length <= longestWord) return word.length
  let count = 0
  for (const _ of word) count++
  return count
}

function wordBeginnings(vocabulary: Vocabulary): Uint8Array {
  const { pieces, padding, classify, separate, mask } = vocabulary
  const begins = Uint8Array.from(pieces, (piece) => (isContinuing(piece) ? 0 : 1))
  for (const special of [padding, classify, separate, mask]) begins[special] = 0
  return begins
}

function isContinuing(piece: string): boolean {
  return piece.startsWith('##') && piece.length > 2
}
