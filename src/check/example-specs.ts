/** What is done to the examples of a data block: tokens are masked, and training examples become more. */

import type { Span } from '../diagnostics/diagnostic.ts'
import type { FileReference } from './file-reference.ts'

/** More training examples, made by replacing words (TinyBERT: Jiao et al. 2020, algorithm 1). One of `proposals` and `vectors` is there. */
export interface AugmentSpec {
  /** The masked language model whose most likely pieces stand in for words of one piece. */
  readonly proposals?: { readonly instance: string; readonly head: string; readonly span: Span }
  /** Word vectors, whose nearest words stand in for all other words. */
  readonly vectors?: FileReference
  /** Of a word to be replaced in a copy. */
  readonly probability: number
  /** Words that a replacement is drawn from. */
  readonly candidates: number
  /** Made of each text; those that equal another are left out. */
  readonly copies: number
  /** Does the masked language model read the original beside the masked text, as its second text? */
  readonly besideOriginal: boolean
  readonly span: Span
}

/** How tokens are masked for a masked language model. */
export interface MaskingSpec {
  readonly probability: number
  /** [mask, keep, random] */
  readonly replace: readonly [number, number, number]
  /** DistilBERT: p proportional to count^-smoothing; absent: uniform */
  readonly smoothing?: number
  readonly wholeWord: boolean
  /** longest n-gram (ALBERT: 3); 1: single tokens */
  readonly ngrams: number
  readonly maximum?: number
}
