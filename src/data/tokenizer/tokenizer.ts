/** The interface of tokenizers: text to ids, the place of each piece, and the pieces that begin a word. */
import type { Vocabulary } from '../dataset.ts'
import type { Normalization } from './normalize.ts'

export interface PlacedPieces {
  readonly ids: Int32Array<ArrayBuffer>
  /** UTF-16 units of the raw text for each piece, without the end. */
  readonly begins: Int32Array<ArrayBuffer>
  readonly ends: Int32Array<ArrayBuffer>
}

/** The text of a piece. */
export interface Spelling {
  readonly text: string
  /** Whether it has no space before it. */
  readonly continues: boolean
}

interface AnyTokenizer {
  readonly vocabulary: Vocabulary
  /** Ids of a text, without [CLS] and [SEP]. */
  encode(text: string): Int32Array<ArrayBuffer>
  /** The same ids, and the place of each in the text. */
  place(text: string): PlacedPieces
  /**
   * By id: 1 for a piece that begins a word, including the unknown one. 0 for a piece that continues a word,
   * and for the other special pieces.
   */
  readonly beginsWord: Uint8Array
  spelling(id: number): Spelling
}

export interface WordPieceTokenizer extends AnyTokenizer {
  readonly kind: 'wordpiece'
  readonly normalization: Normalization
}

/** The source of a Unigram tokenizer: its file, and the settings beside it. */
export type UnigramFiles =
  | { readonly source: 'spiece.model'; readonly bytes: Uint8Array; readonly settings: AlbertSettings }
  | { readonly source: 'tokenizer.json'; readonly json: unknown }

/** Settings of tokenizer_config.json beside a `spiece.model`. */
export interface AlbertSettings {
  readonly lowercase: boolean
  readonly keepAccents: boolean
  /** Whether any kind of space becomes one space first. */
  readonly joinSpaces: boolean
}

export interface UnigramTokenizer extends AnyTokenizer {
  readonly kind: 'unigram'
  /** Its source files, for writing it to another folder. */
  readonly files: UnigramFiles
}

export type Tokenizer = WordPieceTokenizer | UnigramTokenizer
