/**
 * What training sees of data: encoded examples and batches of host tensors under the graph's input names. Readers, tokenizers and masking
 * are beside this file.
 */

import type { HostTensor } from '../run/runner.ts'
import type { Question } from './read-squad.ts'

/** What a window knows of its question: to find the answer's text behind two positions. */
export interface Window {
  readonly question: Question
  /** By token: units of the context, -1 for tokens of the question and special ones. */
  readonly begins: Int32Array
  readonly ends: Int32Array
  /**
   * By token: 1 where of all windows this one has the most context around the token (the smaller of left and right, a hundredth of the window's
   * length added): only there may an answer begin.
   */
  readonly central: Uint8Array
  /** Tokens of the answer, both ends included; [CLS] (0 and 0) where the window does not hold all of it. Absent where labels are not read. */
  readonly start?: number
  readonly end?: number
}

export interface Example {
  /** Stable identity within its data block and split (line order), part of every random key. */
  readonly id: number
  /** Token ids with [CLS] and [SEP], not padded. */
  readonly tokens: Int32Array
  readonly segments: Int32Array
  /** 1 where a token is the first piece of a word (special tokens 0): whole-word masking, `first_piece`. */
  readonly firstPiece: Uint8Array
  /** Class index (0-based), or a number for regression. */
  readonly label?: number
  /** Two texts of a document: 0 as they stand, 1 the second first. */
  readonly order?: number
  /** How many tokens there would be, had `max_length` not cut the text; absent where it did not. */
  readonly uncut?: number
  /** Tag index at the first piece of each word, -100 elsewhere. */
  readonly tags?: Int32Array
  /** Of a question on a paragraph. */
  readonly window?: Window
  /** Line (1-based) and file it came from, for messages. */
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
  /** Hash of the pieces: two models may share a batch only if theirs agree. */
  readonly identity: string
}

export type SplitName = 'train' | 'validation' | 'test'

export interface Dataset {
  readonly name: string
  readonly splits: ReadonlyMap<SplitName, readonly Example[]>
  readonly vocabulary: Vocabulary
  /** Label names of a class, in index order. */
  readonly labels?: readonly string[]
}

/**
 * One batch. `inputs` holds, by graph input name: tokens i32[B,L], segments i32[B,L], places i32[L], attended bool[B,L],
 * first_piece bool[B,L], sample i32[B] (example ids), and what the data has: batch.label i32[B] (class) or f32[B] (number),
 * batch.original i32[B,L] (masked LM, -100 elsewhere), masked bool[B,L], batch.order i32[B], batch.start / batch.end i32[B], batch.tags i32[B,L].
 */
export interface Batch {
  readonly B: number
  readonly L: number
  readonly inputs: ReadonlyMap<string, HostTensor>
  /** Live tokens, for tokens/s. */
  readonly liveTokens: number
  readonly examples: readonly Example[]
}
