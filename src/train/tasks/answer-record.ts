/**
 * The single answers of a model, as a run keeps them: beside metrics, which are sums over all of them. In the
 * order of `ids`, the examples of the split.
 */
interface Answered {
  readonly ids: readonly number[]
}

export interface ClassRecord extends Answered {
  readonly kind: 'class'
  /** Class indices. */
  readonly actual: readonly number[]
  readonly answer: readonly number[]
  /** Of the answer. */
  readonly probability: readonly number[]
  /** Of every class; absent where there are too many. */
  readonly distributions?: readonly Float32Array[]
}

export interface NumberRecord extends Answered {
  readonly kind: 'number'
  readonly actual: readonly number[]
  readonly answer: readonly number[]
}

/** All words of the sentences `ids`, one after another. */
export interface TagsRecord extends Answered {
  readonly kind: 'tags'
  /** Words of each sentence. */
  readonly lengths: readonly number[]
  /** Tag indices. */
  readonly actual: readonly number[]
  readonly answer: readonly number[]
  readonly probability: readonly number[]
}

/** One for each question; `ids` has its first window. */
export interface SpanRecord extends Answered {
  readonly kind: 'span'
  /** Of the answer's text, from 0 to 1; `exact`: 0 or 1. */
  readonly f1: readonly number[]
  readonly exact: readonly number[]
  /** The answer in the context, in UTF-16 units; both 0 if there is none. */
  readonly begin: readonly number[]
  readonly stop: readonly number[]
  readonly probability: readonly number[]
}

export type AnswerRecord = ClassRecord | NumberRecord | TagsRecord | SpanRecord

/** Which answers are kept. */
export interface Keeping {
  readonly example: (id: number) => boolean
  /** Whether the probabilities of all classes are. */
  readonly distributions: boolean
}
