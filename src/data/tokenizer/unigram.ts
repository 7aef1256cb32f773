/**
 * A Unigram tokenizer: the steps of its file, words, and of each word the best pieces.
 */
import type { Vocabulary } from '../dataset.ts'
import { alignText, unaligned } from './offsets.ts'
import type { PlacedPieces, Spelling, UnigramTokenizer } from './tokenizer.ts'
import type { UnigramModel } from './unigram-model.ts'
import { segmentation, type UnigramDefinition } from './unigram-segments.ts'
import { spaceMark } from './unigram-words.ts'

const printableAscii = /^[ -~]*$/

export function unigramTokenizer(definition: UnigramDefinition): UnigramTokenizer {
  const { model, vocabulary, steps, words, added, files } = definition
  const segment = segmentation(definition)
  const asciiSteps = steps.filter((step) => !step.keepsAscii)
  const normalize = (text: string): string => {
    let result = text
    for (const step of printableAscii.test(text) ? asciiSteps : steps) result = step.apply(result)
    return result
  }
  const parts = addedParts(added)
  const encode = (text: string): Int32Array<ArrayBuffer> => {
    const ids: number[] = []
    for (const { part, id, at } of parts(text)) {
      if (id !== undefined) ids.push(id)
      else for (const segments of segment(words(normalize(part), at === 0))) append(ids, segments.ids)
    }
    return Int32Array.from(ids)
  }
  const place = (text: string): PlacedPieces => {
    const placed = new Placement()
    for (const { part, id, at } of parts(text)) {
      if (id !== undefined) placed.add(id, at, at + part.length)
      else placePart(part, at, placed)
    }
    return placed.pieces()
  }
  const placePart = (part: string, offset: number, placed: Placement): void => {
    const normal = normalize(part)
    const wanted = words(normal, offset === 0)
    let aligned = alignText(part, normalize)
    if (words(aligned.text, offset === 0).join('\n') !== wanted.join('\n')) aligned = unaligned(part, normal)
    let unit = 0
    const whole = wanted.join('')
    let inWord = 0
    for (const { ids, lengths } of segment(wanted)) {
      for (const [i, id] of ids.entries()) {
        let begin: number | undefined
        let end: number | undefined
        for (const stop = inWord + (lengths[i] ?? 0); inWord < stop; inWord++) {
          const own = whole[inWord] ?? ''
          // A mark stands for a space or for nothing, unless the text itself contains one.
          if (own === spaceMark && aligned.text[unit] !== spaceMark) continue
          while (unit < aligned.text.length && aligned.text[unit] !== own) unit++
          begin ??= aligned.begin(unit)
          end = aligned.end(unit++)
        }
        const next = nextVisible(aligned.text, unit)
        const here = next < 0 ? part.length : aligned.begin(next)
        placed.add(id, offset + (begin ?? here), offset + (end ?? begin ?? here))
      }
    }
  }
  const { padding, unknown, classify, separate, mask } = vocabulary
  const specials = new Set([padding, unknown, classify, separate, mask])
  const spelling = (id: number): Spelling => {
    const piece = vocabulary.pieces[id] ?? ''
    const begins = piece.startsWith(spaceMark) || specials.has(id)
    return { text: piece.replaceAll(spaceMark, ' ').trimStart(), continues: !begins }
  }
  return {
    kind: 'unigram',
    spelling,
    vocabulary,
    files,
    encode,
    place,
    beginsWord: wordBeginnings(model, vocabulary),
  }
}

function append(to: number[], ids: readonly number[]): void {
  for (const id of ids) to.push(id)
}

class Placement {
  private readonly ids: number[] = []
  private readonly begins: number[] = []
  private readonly ends: number[] = []

  add(id: number, begin: number, end: number): void {
    this.ids.push(id)
    this.begins.push(begin)
    this.ends.push(end)
  }

  pieces(): PlacedPieces {
    const { ids, begins, ends } = this
    return { ids: Int32Array.from(ids), begins: Int32Array.from(begins), ends: Int32Array.from(ends) }
  }
}

function nextVisible(text: string, from: number): number {
  for (let i = from; i < text.length; i++) if (!/\p{White_Space}/u.test(text[i] ?? '')) return i
  return -1
}

interface Part {
  readonly part: string
  readonly at: number
  /** The id of an added piece. */
  readonly id?: number
}

/** Splits a text at added pieces, the longest first. */
function addedParts(added: ReadonlyMap<string, number>): (text: string) => readonly Part[] {
  if (added.size === 0) return (text) => [{ part: text, at: 0 }]
  const texts = [...added.keys()].sort((a, b) => b.length - a.length)
  const pattern = new RegExp(
    texts.map((text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'),
    'g',
  )
  return (text) => {
    const parts: Part[] = []
    let from = 0
    for (const match of text.matchAll(pattern)) {
      if (match.index > from) parts.push({ part: text.slice(from, match.index), at: from })
      parts.push({ part: match[0], at: match.index, id: added.get(match[0]) ?? 0 })
      from = match.index + match[0].length
    }
    if (from < text.length) parts.push({ part: text.slice(from), at: from })
    return parts
  }
}

const continuing = /^[a-z!"#$%&()*+,\-./:;?@[\\\]^_`{|}~]+$/i
const punctuation = /^[!"#$%&()*+,\-./:;?@[\\\]^_`{|}~]$/

/**
 * ALBERT's published rule (create_pretraining_data.py): a word begins at a piece with a mark, a punctuation
 * character, or any piece that is not English letters.
 */
function wordBeginnings({ pieces }: UnigramModel, vocabulary: Vocabulary): Uint8Array {
  const { padding, classify, separate, mask } = vocabulary
  const begins = Uint8Array.from(pieces, (piece) =>
    piece.startsWith(spaceMark) || punctuation.test(piece) || !continuing.test(piece) ? 1 : 0,
  )
  for (const special of [padding, classify, separate, mask]) begins[special] = 0
  return begins
}
