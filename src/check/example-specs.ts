/** Changes to the examples of a data block: masked tokens, and augmented training examples. */

import type { Span } from '../diagnostics/diagnostic.ts'
import type { FileReference } from './file-reference.ts'

/**
 * Further training examples, made by replacing words (TinyBERT: Jiao et al. 2020, algorithm 1). At least one
 * of `proposals` and `vectors` is given.
 */
export interface AugmentSpec {
  /** The masked language model whose most likely pieces replace words of a single piece. */
  readonly proposals?: { readonly instance: string; readonly head: string; readonly span: Span }
  /** Word vectors. The nearest words replace all other words. */
  readonly vectors?: FileReference
  /** The probability that a word is replaced in a copy. */
  readonly probability: number
  /** The number of words that a replacement is drawn from. */
  readonly candidates: number
  /** Copies of each text. Copies that equal another one are left out. */
  readonly copies: number
  /** Whether the masked language model reads the original as a second text beside the masked one. */
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
