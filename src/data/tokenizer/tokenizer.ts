/** What the rest of the compiler knows of a tokenizer: text to ids, where each piece stands, which pieces begin a word. */
import type { Vocabulary } from '../dataset.ts'
import type { Normalization } from './normalize.ts'

export interface PlacedPieces {
  readonly ids: Int32Array<ArrayBuffer>
  /** UTF-16 units of the raw text, by piece; the end is not included. */
  readonly begins: Int32Array<ArrayBuffer>
  readonly ends: Int32Array<ArrayBuffer>
}

/** How a piece is written in a text. */
export interface Spelling {
  readonly text: string
  /** Without a space before it. */
  readonly continues: boolean
}

interface AnyTokenizer {
  readonly vocabulary: Vocabulary
  /** Ids of a text, without [CLS] and [SEP]. */
  encode(text: string): Int32Array<ArrayBuffer>
  /** The same ids, and where each stands in the text. */
  place(text: string): PlacedPieces
  /** 1 for a piece that begins a word, 0 for one that continues it and for the special pieces (not the unknown one); by id. */
  readonly beginsWord: Uint8Array
  spelling(id: number): Spelling
}

export interface WordPieceTokenizer extends AnyTokenizer {
  readonly kind: 'wordpiece'
  readonly normalization: Normalization
}

/** What a Unigram tokenizer was read from: the file itself, and what stood beside it. */
export type UnigramFiles =
  | { readonly source: 'spiece.model'; readonly bytes: Uint8Array; readonly settings: AlbertSettings }
  | { readonly source: 'tokenizer.json'; readonly json: unknown }

/** What tokenizer_config.json says beside a `spiece.model`. */
export interface AlbertSettings {
  readonly lowercase: boolean
  readonly keepAccents: boolean
  /** Space of any kind becomes one space, before anything else. */
  readonly joinSpaces: boolean
}

export interface UnigramTokenizer extends AnyTokenizer {
  readonly kind: 'unigram'
  /** What it was read from, to be written again. */
  readonly files: UnigramFiles
}

export type Tokenizer = WordPieceTokenizer | UnigramTokenizer
