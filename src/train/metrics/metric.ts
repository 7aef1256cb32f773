/** What a metric is: one number from a model's answers on a data split. */

export type Answers =
  /** Class indices. */
  | {
      readonly kind: 'class'
      readonly predicted: Int32Array
      readonly actual: Int32Array
      readonly classes: number
    }
  /** Of each sentence the tag of each word. */
  | {
      readonly kind: 'tags'
      readonly predicted: readonly (readonly string[])[]
      readonly actual: readonly (readonly string[])[]
    }
  /** Of each question the answer, and those that are right (none where there is none). */
  | {
      readonly kind: 'spans'
      readonly predicted: readonly string[]
      readonly actual: readonly (readonly string[])[]
    }
  | { readonly kind: 'number'; readonly predicted: Float64Array; readonly actual: Float64Array }
  /** Sums over masked positions; `loss` in nats. */
  | { readonly kind: 'masked'; readonly loss: number; readonly correct: number; readonly positions: number }

export interface Metric<Kind extends Answers['kind'] = Answers['kind']> {
  readonly kind: Kind
  readonly better: 'higher' | 'lower'
  /** Shares of 1 are shown as percent. */
  readonly share: boolean
  readonly measure: (answers: Extract<Answers, { kind: Kind }>) => number
}
