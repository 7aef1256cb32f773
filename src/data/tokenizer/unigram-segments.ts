/**
 * Splits the words of a text into pieces, with a cache of words as in WordPiece. sentencepiece does not split
 * a text into words, and adds scores in float32. A close decision can then depend on the text before a word.
 * In such a case the complete text is split as sentencepiece does.
 */

import type { Vocabulary } from '../dataset.ts'
import type { TextStep } from './text-steps.ts'
import type { UnigramFiles } from './tokenizer.ts'
import {
  type ScoredSegments,
  type Segments,
  type UnigramModel,
  UnigramSegmenter,
  UnigramTable,
} from './unigram-model.ts'
import { spaceMark, type Words } from './unigram-words.ts'

export interface UnigramDefinition {
  readonly model: UnigramModel
  readonly vocabulary: Vocabulary
  readonly steps: readonly TextStep[]
  readonly words: Words
  /**
   * Texts that are a piece wherever they occur, before any step (added tokens of a tokenizer.json that are
   * not special).
   */
  readonly added: ReadonlyMap<string, number>
  /** ALBERT's published code splits a piece `9,` into `9` and `,`, and so on. */
  readonly partsCommas: boolean
  readonly files: UnigramFiles
}

/** Largest number of cached words, and largest length of one. */
const rememberedWords = 500_000
const longestRememberedWord = 48
/** Relative distance of neighbouring float32 numbers. */
const float32Step = 2 ** -23

/** The pieces of consecutive words, usually word by word. Together they cover all of them. */
export type Segmentation = (words: readonly string[]) => readonly Segments[]

export function segmentation(definition: UnigramDefinition): Segmentation {
  const { model } = definition
  const table = new UnigramTable(model)
  const exact = new UnigramSegmenter(table, 'float64')
  const whole = new UnigramSegmenter(table, model.precision)
  const commas = definition.partsCommas ? commaParts(definition, whole) : undefined
  const segmentWord = remembering((word) => {
    const scored = exact.segment(word)
    return commas === undefined ? scored : { ...scored, ...commas(scored) }
  })
  return (words) => {
    const segments = words.map(segmentWord)
    if (model.precision === 'float64') return segments
    const weight = segments.reduce((sum, one) => sum + one.weight, 0)
    const close = segments.some(({ margin }, i) => margin <= (words[i]?.length ?? 0) * weight * float32Step)
    if (!close) return segments
    const scored = whole.segment(words.join(''))
    return [commas === undefined ? scored : commas(scored)]
  }
}

function remembering(segment: (word: string) => ScoredSegments): (word: string) => ScoredSegments {
  const remembered = new Map<string, ScoredSegments>()
  return (word) => {
    const known = remembered.get(word)
    if (known !== undefined) return known
    const segments = segment(word)
    if (word.length <= longestRememberedWord) {
      if (remembered.size >= rememberedWords) remembered.clear()
      remembered.set(word, segments)
    }
    return segments
  }
}

/**
 * A piece that ends in a digit and a comma becomes the number, split again, and the comma
 * (AlbertTokenizer._tokenize).
 */
function commaParts(
  { words, vocabulary }: UnigramDefinition,
  segmenter: UnigramSegmenter,
): (segments: Segments) => Segments {
  const { pieces, unknown } = vocabulary
  const idOf = new Map(pieces.map((piece, id) => [piece, id]))
  const partComma = (piece: string): readonly (readonly [id: number, length: number])[] => {
    const number = piece.slice(0, -1).replaceAll(spaceMark, '')
    const parts = words(number, true).flatMap((word) => {
      const { ids, lengths } = segmenter.segment(word)
      return ids.map((id, i): readonly [number, number] => [id, lengths[i] ?? 0])
    })
    const [first] = parts
    const firstPiece = pieces[first?.[0] ?? unknown] ?? ''
    if (first !== undefined && !piece.startsWith(spaceMark) && firstPiece.startsWith(spaceMark)) {
      if (firstPiece.length === 1) parts.shift()
      else parts[0] = [idOf.get(firstPiece.slice(1)) ?? unknown, first[1] - 1]
    }
    return [...parts, [idOf.get(',') ?? unknown, 1]]
  }
  const parted = new Map(
    pieces.flatMap((piece, id) => (/\p{Nd},$/u.test(piece) ? [[id, partComma(piece)] as const] : [])),
  )
  return (segments) => {
    if (!segments.ids.some((id) => parted.has(id))) return segments
    const all = segments.ids.flatMap(
      (id, i): readonly (readonly [number, number])[] => parted.get(id) ?? [[id, segments.lengths[i] ?? 0]],
    )
    return { ids: all.map(([id]) => id), lengths: all.map(([, length]) => length) }
  }
}
