/**
 * `spiece.model`: the fields of sentencepiece_model.proto that determine how text becomes pieces. Sizes in
 * the file are never trusted for allocation.
 */
import { BinaryReader } from '@bufbuild/protobuf/wire'

/** ModelProto.SentencePiece.Type. */
export const pieceTypes = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const

export interface SentencePiece {
  readonly piece: string
  readonly score: number
  readonly type: number
}

export interface SentencePieceFile {
  readonly pieces: readonly SentencePiece[]
  /** Empty if characters stay as they are. */
  readonly charsmap: Uint8Array
  readonly addsDummyPrefix: boolean
  readonly removesExtraSpaces: boolean
}

/** TrainerSpec.ModelType. */
const modelTypes = ['', 'Unigram', 'BPE', 'Word', 'Char']

/** @throws the error that `refuse` makes for a missing, damaged or other file */
export function readSentencePiece(bytes: Uint8Array, refuse: (problem: string) => Error): SentencePieceFile {
  const pieces: { piece: string; score: number | undefined; type: number }[] = []
  let modelType = 1
  let suffix = false
  let charsmap: Uint8Array = new Uint8Array(0)
  let addsDummyPrefix = true
  let removesExtraSpaces = true
  let escapes = true
  let normalizerSeen = false
  try {
    readFields(bytes, (field, reader) => {
      if (field === 1) pieces.push(readPiece(reader.bytes()))
      else if (field === 2)
        readFields(reader.bytes(), (inner, trainer) => {
          if (inner === 3) modelType = trainer.int32()
          else if (inner === 24) suffix = trainer.bool()
          else return false
          return true
        })
      else if (field === 3) {
        normalizerSeen = true
        readFields(reader.bytes(), (inner, normalizer) => {
          if (inner === 2) charsmap = normalizer.bytes()
          else if (inner === 3) addsDummyPrefix = normalizer.bool()
          else if (inner === 4) removesExtraSpaces = normalizer.bool()
          else if (inner === 5) escapes = normalizer.bool()
          else return false
          return true
        })
      } else return false
      return true
    })
  } catch (error) {
    throw refuse(
      `it is no SentencePiece model, or not all of one (${error instanceof Error ? error.message : error})`,
    )
  }
  if (pieces.length === 0) throw refuse('it is no SentencePiece model: it holds no pieces')
  // Every model has it behind the pieces.
  if (!normalizerSeen) throw refuse('it is no SentencePiece model, or not all of one (no normalizer_spec)')
  if (modelType !== 1)
    throw refuse(`its model is ${modelTypes[modelType] ?? `of type ${modelType}`}, not Unigram`)
  if (suffix) throw refuse('its pieces end with the mark of a space (treat_whitespace_as_suffix)')
  if (!escapes) throw refuse('its spaces have no mark (escape_whitespaces is false)')
  const scored = pieces.map(({ piece, score, type }, id): SentencePiece => {
    if (type === pieceTypes.byte) throw refuse('it writes unknown characters as bytes (byte_fallback)')
    if (type === pieceTypes.normal && !Number.isFinite(score))
      throw refuse(`piece ${id}, \`${piece}\`, has no score`)
    return { piece, type, score: score ?? 0 }
  })
  return { pieces: scored, charsmap, addsDummyPrefix, removesExtraSpaces }
}

function readPiece(bytes: Uint8Array): { piece: string; score: number | undefined; type: number } {
  let piece = ''
  let score: number | undefined
  let type: number = pieceTypes.normal
  readFields(bytes, (field, reader) => {
    if (field === 1) piece = reader.string(true)
    else if (field === 2) score = reader.float()
    else if (field === 3) type = reader.int32()
    else return false
    return true
  })
  return { piece, score, type }
}

/**
 * Reads the fields of a message in the order of the file. `read` returns whether it knows the field and has
 * read its value.
 */
function readFields(bytes: Uint8Array, read: (field: number, reader: BinaryReader) => boolean): void {
  const reader = new BinaryReader(bytes)
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag()
    const start = reader.pos
    const known = read(field, reader)
    if (!known) {
      reader.skip(wireType, field)
      continue
    }
    // The end must be the same as for a reader that skips this message.
    const end = reader.pos
    reader.pos = start
    reader.skip(wireType, field)
    if (reader.pos !== end) throw new Error(`field ${field} is of another type`)
  }
}
