/** The type of a metric: one number from a model's answers on a data split. */
import type { TaskKind } from '../../check/task-kinds.ts'

interface AnswersByKind {
  /** Class indices. */
  readonly class: {
    readonly predicted: Int32Array
    readonly actual: Int32Array
    readonly classes: number
  }
  readonly number: { readonly predicted: Float64Array; readonly actual: Float64Array }
  /** For each sentence, the tag of each word. */
  readonly tags: {
    readonly predicted: readonly (readonly string[])[]
    readonly actual: readonly (readonly string[])[]
  }
  /** For each question, the answer and the right answers (none if there is none). */
  readonly span: {
    readonly predicted: readonly string[]
    readonly actual: readonly (readonly string[])[]
  }
  /** Sums over masked positions; `loss` in nats. */
  readonly masked: { readonly loss: number; readonly correct: number; readonly positions: number }
}

/** The answers of one kind of task, or of any. */
export type Answers<Kind extends TaskKind = TaskKind> = {
  readonly [K in Kind]: { readonly kind: K } & AnswersByKind[K]
}[Kind]

export interface Metric<Kind extends TaskKind = TaskKind> {
  readonly kind: Kind
  readonly better: 'higher' | 'lower'
  /** Whether it is a share of 1, which is printed in percent. */
  readonly share: boolean
  readonly measure: (answers: Answers<Kind>) => number
}
