/**
 * ALBERT's tokenizer from its `spiece.model`, as in sentencepiece and the code around it (Lan et al. 2020,
 * tokenization.py; AlbertTokenizer of transformers). Text never encodes to control pieces.
 */
import { Charsmap } from './charsmap.ts'
import { pieceTypes, readSentencePiece } from './sentencepiece-file.ts'
import {
  joinedSpaces,
  longestRules,
  lowerText,
  normalForm,
  replaced,
  type TextStep,
  withoutCombining,
} from './text-steps.ts'
import type { AlbertSettings, UnigramTokenizer } from './tokenizer.ts'
import { unigramTokenizer } from './unigram.ts'
import { pieceUses } from './unigram-model.ts'
import { unigramVocabulary } from './unigram-vocabulary.ts'
import { sentencePieceWords, spaceMark } from './unigram-words.ts'

/** @throws the error that `refuse` makes */
export function sentencePieceTokenizer(
  bytes: Uint8Array,
  settings: AlbertSettings,
  refuse: (problem: string) => Error,
): UnigramTokenizer {
  const file = readSentencePiece(bytes, refuse)
  const pieces = file.pieces.map(({ piece }) => piece)
  const unknown = file.pieces.findIndex(({ type }) => type === pieceTypes.unknown)
  const vocabulary = unigramVocabulary(pieces, unknown < 0 ? undefined : unknown, refuse)
  const uses = Uint8Array.from(file.pieces, ({ type }) => {
    if (type === pieceTypes.userDefined) return pieceUses.userDefined
    return type === pieceTypes.normal ? pieceUses.normal : pieceUses.never
  })
  const scores = Float32Array.from(file.pieces, ({ score }) => score)
  const own = (use: number): readonly string[] => pieces.filter((_, id) => uses[id] === use)
  const spaced = own(pieceUses.userDefined).find((piece) => piece.includes(' '))
  if (spaced !== undefined) throw refuse(`its piece \`${spaced}\` has a space inside`)
  // Words can be encoded one by one only if no piece, the unknown one included, can contain a space inside.
  const usable = [...own(pieceUses.normal), ...own(pieceUses.userDefined)]
  const parts = usable.includes(spaceMark) && !usable.some((piece) => piece.includes(spaceMark, 1))
  return unigramTokenizer({
    model: {
      pieces,
      scores,
      uses,
      unknown: vocabulary.unknown,
      precision: 'float32',
      lowestScore: scores.reduce(
        (least, score, id) => (uses[id] === pieceUses.normal ? Math.min(least, score) : least),
        Number.MAX_VALUE,
      ),
    },
    vocabulary,
    steps: [
      ...albertSteps(settings, file.removesExtraSpaces),
      ...characterSteps(file.charsmap, own(pieceUses.userDefined), refuse),
    ],
    words: sentencePieceWords({ collapses: file.removesExtraSpaces, prefixes: file.addsDummyPrefix, parts }),
    added: new Map(),
    partsCommas: true,
    files: { source: 'spiece.model', bytes, settings },
  })
}

function albertSteps(
  { lowercase, keepAccents, joinSpaces }: AlbertSettings,
  collapses: boolean,
): readonly TextStep[] {
  return [
    ...(joinSpaces ? [joinedSpaces(collapses)] : []),
    replaced('``', '"'),
    replaced("''", '"'),
    ...(keepAccents ? [] : [normalForm('NFKD'), withoutCombining()]),
    ...(lowercase ? [lowerText()] : []),
  ]
}

function characterSteps(
  charsmap: Uint8Array,
  userDefined: readonly string[],
  refuse: (problem: string) => Error,
): readonly TextStep[] {
  if (charsmap.length === 0) return []
  return [longestRules(new Charsmap(charsmap, refuse), userDefined)]
}
