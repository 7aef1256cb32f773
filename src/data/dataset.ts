/**
 * Data as training reads it: encoded examples, and batches of host tensors by the names of graph inputs.
 * Readers, tokenizers and masking are in other files of this folder.
 */

import type { SplitName } from '../check/splits.ts'
import type { HostTensor } from '../run/runner.ts'
import type { Question } from './read-squad.ts'

/** A window's part of its question, to find the text of an answer by its first and last token. */
export interface Window {
  readonly question: Question
  /** For each token its UTF-16 units in the context; -1 for tokens of the question and special ones. */
  readonly begins: Int32Array
  readonly ends: Int32Array
  /**
   * For each token, 1 if of all windows this one has the most context around the token: the smaller of the
   * lengths to the left and right, plus a hundredth of the window's length. An answer may begin only there.
   */
  readonly central: Uint8Array
  /**
   * First and last token of the answer; [CLS] (0 and 0) if the window does not contain all of it. Absent if
   * labels are not read.
   */
  readonly start?: number
  readonly end?: number
}

export interface Example {
  /** Stable number within its data block and split, in the order of lines. It is part of every random key. */
  readonly id: number
  /** Token ids with [CLS] and [SEP], not padded. */
  readonly tokens: Int32Array
  readonly segments: Int32Array
  /** 1 where a token is the first piece of a word (special tokens 0): whole-word masking, `first_piece`. */
  readonly firstPiece: Uint8Array
  /** Class index (0-based), or a number for regression. */
  readonly label?: number
  /** For two texts of a document: 0 in their order, 1 if the second comes first. */
  readonly order?: number
  /** Number of tokens before `max_length` cut the text; absent if it did not. */
  readonly uncut?: number
  /** Tag index at the first piece of each word, -100 elsewhere. */
  readonly tags?: Int32Array
  /** For a question on a paragraph. */
  readonly window?: Window
  /** Its file and line (from 1), for messages. */
  readonly file: string
  readonly line: number
}

export interface Vocabulary {
  readonly pieces: readonly string[]
  readonly padding: number
  readonly unknown: number
  readonly classify: number
  readonly separate: number
  readonly mask: number
  /** Hash of the pieces. Two models may share a batch only if their hashes are equal. */
  readonly identity: string
}

export type { SplitName }

export interface Dataset {
  readonly name: string
  readonly splits: ReadonlyMap<SplitName, readonly Example[]>
  readonly vocabulary: Vocabulary
  /** Label names of a class, in index order. */
  readonly labels?: readonly string[]
}

/**
 * One batch. `inputs` has, by graph input name: tokens i32[B,L], segments i32[B,L], places i32[L], attended
 * bool[B,L], first_piece bool[B,L], sample i32[B] (example ids).
 * It also has the targets of the data: batch.label i32[B] (class) or f32[B] (number), batch.original i32[B,L]
 * (masked LM, -100 elsewhere) and masked bool[B,L], batch.order i32[B], batch.start / batch.end i32[B],
 * batch.tags i32[B,L].
 */
export interface Batch {
  readonly B: number
  readonly L: number
  readonly inputs: ReadonlyMap<string, HostTensor>
  /** Live tokens, for tokens/s. */
  readonly liveTokens: number
  readonly examples: readonly Example[]
  /** The part of the step's batch that it belongs to, from 0; absent: the batch is not divided. */
  readonly part?: number
}
