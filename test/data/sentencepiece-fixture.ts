/** A model that sentencepiece 0.2.0 trained, and what it and ALBERT's published code make of texts (test/fixtures/sentencepiece/README.md). */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { z } from 'zod'

const folder = path.resolve(import.meta.dirname, '../fixtures/sentencepiece')

export function modelBytes(): Uint8Array {
  return brotliDecompressSync(readFileSync(path.join(folder, 'spiece.model.br')))
}

/** `cased`: with accents, spaces left to the model. */
export function expectedIds(): readonly { text: string; uncased: number[]; cased: number[] }[] {
  const line = z.object({ text: z.string(), uncased: z.array(z.number()), cased: z.array(z.number()) })
  const lines = readFileSync(path.join(folder, 'expected.jsonl'), 'utf8').trimEnd().split('\n')
  return lines.map((text) => line.parse(JSON.parse(text)))
}

/** A folder with these files. */
export function writeFiles(to: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  mkdirSync(to, { recursive: true })
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(to, name), content)
  return to
}

export interface WrittenPiece {
  readonly piece: string
  readonly score?: number
  /** 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte. */
  readonly type?: number
}
export interface WrittenModel {
  readonly pieces: readonly WrittenPiece[]
  /** 1 Unigram, 2 BPE, 3 Word, 4 Char. */
  readonly modelType?: number
  readonly suffix?: boolean
  readonly charsmap?: Uint8Array
  readonly addsDummyPrefix?: boolean
  readonly removesExtraSpaces?: boolean
  readonly escapes?: boolean
}

/** The special pieces of an ALBERT, in their order. */
export const albertSpecials: readonly WrittenPiece[] = [
  { piece: '<pad>', score: 0, type: 3 },
  { piece: '<unk>', score: 0, type: 2 },
  ...['[CLS]', '[SEP]', '[MASK]'].map((piece) => ({ piece, score: 0, type: 3 })),
]

/** A `spiece.model`, field by field (sentencepiece_model.proto). */
export function writtenModel(model: WrittenModel): Uint8Array {
  const writer = new BinaryWriter()
  const message = (to: BinaryWriter, field: number, write: (to: BinaryWriter) => void): void => {
    to.tag(field, WireType.LengthDelimited).fork()
    write(to)
    to.join()
  }
  const flag = (to: BinaryWriter, field: number, value: boolean | undefined): void => {
    if (value !== undefined) to.tag(field, WireType.Varint).bool(value)
  }
  for (const { piece, score, type } of model.pieces)
    message(writer, 1, (w) => {
      w.tag(1, WireType.LengthDelimited).string(piece)
      if (score !== undefined) w.tag(2, WireType.Bit32).float(score)
      if (type !== undefined) w.tag(3, WireType.Varint).int32(type)
    })
  message(writer, 2, (w) => {
    w.tag(3, WireType.Varint).int32(model.modelType ?? 1)
    flag(w, 24, model.suffix)
  })
  message(writer, 3, (w) => {
    w.tag(1, WireType.LengthDelimited).string('nmt_nfkc')
    if (model.charsmap !== undefined) w.tag(2, WireType.LengthDelimited).bytes(model.charsmap)
    flag(w, 3, model.addsDummyPrefix)
    flag(w, 4, model.removesExtraSpaces)
    flag(w, 5, model.escapes)
  })
  return writer.finish()
}
