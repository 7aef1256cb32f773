/**
 * The pieces of a Unigram tokenizer as a vocabulary: each once, with ALBERT's special pieces, or BERT's
 * spellings of two of them.
 */
import { createHash } from 'node:crypto'
import type { Vocabulary } from '../dataset.ts'

const spellings = {
  padding: ['<pad>', '[PAD]'],
  unknown: ['<unk>', '[UNK]'],
  classify: ['[CLS]'],
  separate: ['[SEP]'],
  mask: ['[MASK]'],
} as const
const specials = ['padding', 'unknown', 'classify', 'separate', 'mask'] as const

/**
 * @param unknown the unknown piece, if the file itself defines it
 * @throws the error that `refuse` makes
 */
export function unigramVocabulary(
  pieces: readonly string[],
  unknown: number | undefined,
  refuse: (problem: string) => Error,
): Vocabulary {
  const ids = new Map<string, number>()
  for (const [id, piece] of pieces.entries()) {
    if (piece === '') throw refuse(`piece ${id} is empty`)
    const first = ids.get(piece)
    if (first !== undefined) throw refuse(`\`${piece}\` is both piece ${first} and piece ${id}`)
    ids.set(piece, id)
  }
  const idOf = (names: readonly string[]): number | undefined =>
    names.map((name) => ids.get(name)).find((id) => id !== undefined)
  const found = {
    padding: idOf(spellings.padding),
    unknown: unknown ?? idOf(spellings.unknown),
    classify: idOf(spellings.classify),
    separate: idOf(spellings.separate),
    mask: idOf(spellings.mask),
  }
  const missing = specials.filter((name) => found[name] === undefined).map((name) => spellings[name][0])
  if (missing.length > 0) throw refuse(`it has no ${missing.join(', ')}`)
  const identity = createHash('sha256').update(pieces.join('\n')).digest('hex').slice(0, 16)
  const { padding = 0, unknown: unknownId = 0, classify = 0, separate = 0, mask = 0 } = found
  return { pieces, padding, unknown: unknownId, classify, separate, mask, identity }
}
