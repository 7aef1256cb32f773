/** The predictions for a line of text, by the kind of task. */
import type { TaskKind } from '../../check/task-kinds.ts'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { unreadableInputLine } from '../../diagnostics/messages/runs.ts'

export interface Line {
  readonly text: string
  /**
   * The two texts of a pair, or a question and its context. Absent if `text` has both, with a tab between
   * them.
   */
  readonly pair?: readonly [string, string]
  /** From 1. */
  readonly number: number
}

/** For a text that `max_length` cut: the tokens that were read, and all tokens of the text. */
export interface CutText {
  readonly read: number
  readonly of: number
}

export interface ClassPrediction {
  readonly kind: 'class'
  readonly text: string
  readonly label: string
  readonly cut?: CutText
  /** By label, in the order of the labels. */
  readonly probabilities: Readonly<Record<string, number>>
}
export interface NumberPrediction {
  readonly kind: 'number'
  readonly text: string
  readonly value: number
  readonly cut?: CutText
}
export interface TagsPrediction {
  readonly kind: 'tags'
  readonly text: string
  readonly words: readonly { readonly word: string; readonly tag: string; readonly probability: number }[]
  readonly entities: readonly {
    readonly type: string
    readonly text: string
    /** Words, from 0, both ends included. */
    readonly first: number
    readonly last: number
  }[]
}
export interface SpanPrediction {
  readonly kind: 'span'
  readonly question: string
  readonly context: string
  /** The text in the context; empty if no part of it can be an answer. */
  readonly answer: string
  /** UTF-16 units of the context, without the end. */
  readonly start: number
  readonly end: number
  /** The product of the probabilities of start and end, among the tokens of its window. */
  readonly probability: number
}
export interface MaskPrediction {
  readonly kind: 'masked'
  readonly text: string
  /** The text with the most likely piece at each [MASK]. */
  readonly filled: string
  /** For each [MASK] the most likely pieces, in falling order. */
  readonly masks: readonly (readonly { readonly piece: string; readonly probability: number }[])[]
}
interface PredictionByKind {
  readonly class: ClassPrediction
  readonly number: NumberPrediction
  readonly tags: TagsPrediction
  readonly span: SpanPrediction
  readonly masked: MaskPrediction
}
/** The prediction of one kind of task, or of any. */
export type Prediction<Kind extends TaskKind = TaskKind> = PredictionByKind[Kind]

/** The two texts of a line, separated by one tab. Throws E0826. */
export function twoTexts({ text, pair, number }: Line, what: string): readonly [string, string] {
  if (pair) return pair
  const [first, second, ...more] = text.split('\t')
  if (first !== undefined && second !== undefined && more.length === 0) return [first, second]
  const problem = second === undefined ? 'has no tab' : `has ${more.length + 1} tabs`
  throw new DiagnosticError(
    unreadableInputLine({ line: number, problem, help: `a line is ${what}, with one tab between` }),
  )
}
