/**
 * The Unigram model (Kudo 2018): splits a text into the pieces with the largest sum of scores, which are
 * log-probabilities. Arithmetic and ties are those of the library that a file is made for, so that ids are
 * always equal.
 */
import { PieceTrie } from './piece-trie.ts'

/** Whether a piece never comes from text, can come from text, or always wins where it occurs. */
export const pieceUses = { never: 0, normal: 1, userDefined: 2 } as const

export interface UnigramModel {
  readonly pieces: readonly string[]
  /** By id. */
  readonly scores: ArrayLike<number>
  /** By id, one of `pieceUses`. */
  readonly uses: Uint8Array
  readonly unknown: number
  /** sentencepiece adds scores in float32, Hugging Face's library in float64. */
  readonly precision: 'float32' | 'float64'
  /** The smallest score that the library considers. An unknown character has 10 less. */
  readonly lowestScore: number
}

export interface Segments {
  readonly ids: readonly number[]
  /** In UTF-16 units; they add up to the text. */
  readonly lengths: readonly number[]
}

export interface ScoredSegments extends Segments {
  /** Sum of the absolute scores. */
  readonly weight: number
  /** The smallest difference between a chosen sum and its rival. */
  readonly margin: number
}

const unknownPenalty = 10
const smallestFloat = 1.1754943508222875e-38

/** Tables over the pieces of a model, made once for all segmenters. */
export class UnigramTable {
  readonly trie = new PieceTrie()
  readonly scores: Float64Array
  readonly unknown: number
  readonly unknownScore: number

  constructor({ pieces, scores, uses, unknown, precision, lowestScore }: UnigramModel) {
    this.unknown = unknown
    const lowest = lowestScore - unknownPenalty
    this.unknownScore = precision === 'float32' ? Math.fround(lowest) : lowest
    this.scores = Float64Array.from(scores)
    let largest = smallestFloat
    for (const [id, use] of uses.entries())
      if (use === pieceUses.normal) largest = Math.max(largest, scores[id] ?? 0)
    for (const [id, piece] of pieces.entries()) {
      if (uses[id] === pieceUses.never) continue
      this.trie.add(piece, id)
      // A score better than any other split of the same text.
      if (uses[id] === pieceUses.userDefined) this.scores[id] = Buffer.byteLength(piece) * largest - 0.1
    }
  }
}

export class UnigramSegmenter {
  private readonly table: UnigramTable
  private readonly precision: UnigramModel['precision']
  /**
   * For each place in the text: the best sum up to there, the begin and id of its last piece, and the
   * second-best sum.
   */
  private best: Float32Array | Float64Array = new Float32Array(0)
  private origin = new Int32Array(0)
  private last = new Int32Array(0)
  private rival = new Float64Array(0)

  constructor(table: UnigramTable, precision: UnigramModel['precision']) {
    this.table = table
    this.precision = precision
  }

  /** Neighbouring unknown characters are one piece. */
  segment(text: string): ScoredSegments {
    const size = text.length
    this.reserve(size + 1)
    const { best, origin, rival } = this
    const { trie, scores, unknown, unknownScore } = this.table
    origin.fill(-1, 0, size + 1)
    rival.fill(Number.NEGATIVE_INFINITY, 0, size + 1)
    best[0] = 0
    let start = 0
    while (start < size) {
      const base = best[start] ?? 0
      const character = start + (isPair(text, start) ? 2 : 1)
      let single = false
      let node = 0
      for (let at = start; at < size; ) {
        node = trie.next(node, text.charCodeAt(at++))
        if (node < 0) break
        const id = trie.id(node)
        if (id < 0) continue
        this.offer((scores[id] ?? 0) + base, at, start, id)
        if (at === character) single = true
      }
      if (!single) {
        const sum = unknownScore + base
        this.offer(this.precision === 'float32' ? Math.fround(sum) : sum, character, start, unknown)
      }
      start = character
    }
    return this.trace(size)
  }

  /** The first of equal sums stays. */
  private offer(candidate: number, at: number, start: number, id: number): void {
    const best = this.best[at] ?? 0
    if (this.origin[at] === -1) this.best[at] = candidate
    else if (candidate > best) {
      this.rival[at] = best
      this.best[at] = candidate
    } else {
      this.rival[at] = Math.max(this.rival[at] ?? 0, candidate)
      return
    }
    this.origin[at] = start
    this.last[at] = id
  }

  private trace(size: number): ScoredSegments {
    const ids: number[] = []
    const lengths: number[] = []
    let weight = 0
    let margin = Number.POSITIVE_INFINITY
    for (let end = size; end > 0; ) {
      const from = this.origin[end] ?? 0
      weight += Math.abs((this.best[end] ?? 0) - (this.best[from] ?? 0))
      margin = Math.min(margin, (this.best[end] ?? 0) - (this.rival[end] ?? 0))
      const id = this.last[end] ?? 0
      const before = lengths.length - 1
      if (id === this.table.unknown && ids[before] === id)
        lengths[before] = (lengths[before] ?? 0) + end - from
      else {
        ids.push(id)
        lengths.push(end - from)
      }
      end = from
    }
    return { ids: ids.reverse(), lengths: lengths.reverse(), weight, margin }
  }

  private reserve(size: number): void {
    if (this.origin.length >= size) return
    const larger = Math.max(64, 2 * size)
    this.best = this.precision === 'float32' ? new Float32Array(larger) : new Float64Array(larger)
    this.origin = new Int32Array(larger)
    this.last = new Int32Array(larger)
    this.rival = new Float64Array(larger)
  }
}

function isPair(text: string, at: number): boolean {
  const high = text.charCodeAt(at)
  if (high < 0xd800 || high > 0xdbff) return false
  const low = text.charCodeAt(at + 1)
  return low >= 0xdc00 && low <= 0xdfff
}
