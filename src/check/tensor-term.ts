/** Terms: tensor expressions with the axes that checking gave them. */
import type { Span } from '../diagnostics/diagnostic.ts'

export type AxisName =
  | 'example'
  | "example'"
  | "example''"
  | 'head'
  | "head'"
  | 'token'
  | "token'"
  | 'unit'
  | "unit'"
  | 'class'
/** Canonical order, the same as the graph's. */
export const termAxisOrder: readonly AxisName[] = [
  'example',
  "example'",
  "example''",
  'head',
  "head'",
  'token',
  "token'",
  'unit',
  "unit'",
  'class',
]

export type TermSize = number | 'B' | 'L'
export interface TermAxis {
  readonly axis: AxisName
  readonly size: TermSize
  /** The binding or literal that decided the size, for "312 comes from here". */
  readonly origin?: Span
  /** A class axis: the vocabulary or label set it counts. Two identities may not mix. */
  readonly identity?: ClassIdentity
}
export interface ClassIdentity {
  /** `vocabulary weights/bert-base`, `labels labelled.label`, or `2 classes` where only a number was given (mixes with any of that size). */
  readonly name: string
  readonly anonymous: boolean
  readonly origin?: Span
}

/** Which positions of token / token' count. */
export type Live = 'attended' | 'masked' | 'first_piece' | 'any'

/** What the entries along an axis are. */
export interface Distribution {
  readonly form: 'logits' | 'probabilities' | 'log-probabilities'
  readonly over: AxisName
  /** What probabilities sum to, where that is known: 1 of a softmax, 0.5 of its half, `progress` of its multiple. */
  readonly total?: Total
}
/** A number, and multiples of weights by their ids: 1 - progress. */
export interface Total {
  readonly constant: number
  readonly weights: ReadonlyMap<number, number>
}

/** A parameter used in a term, by its canonical name after sharing and tying, with the model it belongs to: `S` + `layer[1].ffn.up.weight`. */
export interface ParameterReference {
  readonly owner: string
  readonly path: string
}

export type TermOperation =
  | { readonly op: 'number'; readonly value: number }
  /** A scalar that the trainer knows: loss weights, temperatures and rates may read it. */
  | { readonly op: 'schedule'; readonly name: 'progress' | 'step' | 'epoch' }
  /** tokens, segments, attended [example, token]; places [token]; batch.label [example]; batch.original [example, token]; batch.order, batch.start, batch.end [example]; batch.tags [example, token] */
  | { readonly op: 'input'; readonly name: string }
  | { readonly op: 'parameter'; readonly parameter: ParameterReference; readonly shape: readonly number[] }
  /** inputs: left [rows, rank], right [rank, columns] -> a matrix */
  | { readonly op: 'compose' }
  /** inputs: ids, matrix [rows, units]; `padding`: the row whose lookup passes no gradient (torch's padding_idx) */
  | {
      readonly op: 'lookup'
      readonly padding?: number
      readonly rows: { readonly size: number; readonly origin: Span }
    }
  /** inputs: x, matrix [out, in], bias [out] (absent: `bias = none`); contracts unit, makes `out` */
  | { readonly op: 'linear'; readonly out: 'unit' | 'class' }
  /** inputs: x, scale, bias; over unit */
  | { readonly op: 'layer_norm'; readonly epsilon: number }
  /** inputs: x, scale, bias */
  | { readonly op: 'affine' }
  | { readonly op: 'standardize'; readonly epsilon: number }
  | { readonly op: 'normalize'; readonly over: AxisName; readonly live?: Live }
  | { readonly op: 'softmax' | 'log_softmax'; readonly over: AxisName; readonly live?: Live }
  | { readonly op: 'unary'; readonly name: UnaryName }
  | { readonly op: 'binary'; readonly name: BinaryName }
  | { readonly op: 'compare'; readonly name: '<' | '<=' | '>' | '>=' | '==' | '!=' }
  /** inputs: condition, then, else */
  | { readonly op: 'select' }
  /** `site` is unique for each use, also within a shared layer: `S.layer[3].attention.context` (+ `#2` for a second one in a binding) */
  | { readonly op: 'dropout'; readonly rate: number; readonly site: string; readonly owner: string }
  /** unit -> head x unit, head-major */
  | { readonly op: 'split'; readonly heads: number }
  | { readonly op: 'join' }
  /** renames token (or `axis`) to its primed axis */
  | { readonly op: 'across'; readonly axis: AxisName }
  /** takes one entry (0-based) of an axis and removes the axis; `.first` is index 0 of token */
  | { readonly op: 'pick'; readonly axis: AxisName; readonly index: number }
  | { readonly op: 'concat' }
  /** moves positions along token by `by`, zeros moving in: shift(x, 1)[t] = x[t - 1] */
  | { readonly op: 'shift'; readonly by: number }
  /** inputs a, b; contracts `over`; `pair`: axes in both that are kept twice, b's as the primed axis */
  | { readonly op: 'dot'; readonly over: AxisName; readonly pair: readonly AxisName[]; readonly live?: Live }
  /** a @ b: contracts the `primed` axis of a with the plain axis of that kind in b */
  | { readonly op: 'apply'; readonly primed: AxisName; readonly live?: Live }
  /** a reduction that keeps being a tensor: sum(x, over = head) */
  | {
      readonly op: 'reduce'
      readonly how: 'sum' | 'mean' | 'variance' | 'min' | 'max'
      readonly over: AxisName
      readonly live?: Live
    }
  /** live positions per example [example]: `size(x, token)` */
  | { readonly op: 'length'; readonly live: Live }
  /** elementwise forms of the loss primitives */
  | { readonly op: 'squared_difference' }
  /** inputs s, t logits; `over` keeps being an axis in `axes` of the TERM's elementwise form: here it is already summed away */
  | { readonly op: 'kl'; readonly over: AxisName; readonly live?: Live }
  /** inputs logits, integer labels (without `over`); -100 or out of range: 0. `weights`: one factor a class */
  | {
      readonly op: 'cross_entropy_labels'
      readonly over: AxisName
      readonly live?: Live
      readonly weights?: readonly number[]
    }
  /** inputs logits, distribution */
  | {
      readonly op: 'cross_entropy'
      readonly over: AxisName
      readonly live?: Live
      readonly weights?: readonly number[]
    }
  | { readonly op: 'cosine_distance'; readonly over: AxisName; readonly live?: Live }
  /** integer labels -> distribution over class: 1 - amount + amount / n on the label, amount / n elsewhere */
  | { readonly op: 'smooth'; readonly amount: number; readonly classes: number }
  /**
   * The one rule of losses: the sum of the input over live positions, divided by the number of live (example, AXES) tuples of `per`. Scalar.
   * `per` lists axes other than example, of the elementwise form (it may name the summed-away `over`: then `overSize` multiplies the count).
   * `live` applies to token and `liveTwin` to token' of the input, whether or not they are in `per`.
   */
  | {
      readonly op: 'reduction'
      readonly primitive: 'mse' | 'mean' | 'kl' | 'cross_entropy' | 'cosine_distance'
      readonly per: readonly AxisName[]
      readonly live: Live
      readonly liveTwin: Live
      readonly withinExample: boolean
      /** Size of the axis that a kl or cross_entropy has summed away, where `per` names it. A token axis as 'token' / "token'" counts live positions. */
      readonly over?: { readonly axis: AxisName; readonly size: TermSize }
    }

export type UnaryName =
  | 'negate'
  | 'abs'
  | 'sqrt'
  | 'exp'
  | 'log'
  | 'floor'
  | 'tanh'
  | 'relu'
  | 'gelu'
  | 'gelu_tanh'
  | 'sigmoid'
  /** `constant(x)`: the value, no gradient */
  | 'stop_gradient'
export type BinaryName = '+' | '-' | '*' | '/' | '^' | 'min' | 'max'

export interface Term {
  /** Rises in order of creation: a model's terms in the order of its declaration (layer by layer), then losses. Inputs have smaller ids. */
  readonly id: number
  readonly operation: TermOperation
  readonly inputs: readonly Term[]
  /** In canonical order; empty for a scalar and for parameters (which have `shape`). */
  readonly axes: readonly TermAxis[]
  readonly type: 'real' | 'integer' | 'boolean'
  /** Absent: neither logits nor probabilities, as far as can be told. */
  readonly distribution?: Distribution
  /** Facts about the term and all that is below it. */
  readonly facts: TermFacts
  readonly span: Span
}

/** Kept with each term, because a walk below each of many terms would cost the product of their number and their size. */
export interface TermFacts {
  /** Depends on numbers and on progress, step and epoch only: a weight, not a loss. */
  readonly weight: boolean
  readonly readsSchedule: boolean
  /** A reduction is here or below. */
  readonly reduced: boolean
  /** Examples are compared with each other, or added up, here or below. */
  readonly crossesExamples: boolean
}
