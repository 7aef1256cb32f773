/** Terms: tensor expressions with the axes found by checking. */
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
/** The canonical order of axes, the same as in graphs. */
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
  /** The binding or literal that set the size, for "312 comes from here". */
  readonly origin?: Span
  /** For a class axis, its vocabulary or label set. Two identities must not mix. */
  readonly identity?: ClassIdentity
}
export interface ClassIdentity {
  /**
   * `vocabulary weights/bert-base`, `labels labelled.label`, or `2 classes` if only a number is known. A
   * number mixes with any identity of that size.
   */
  readonly name: string
  readonly anonymous: boolean
  /** The number of classes is not known without the training files of this block, which are not there. */
  readonly unknown?: { readonly data: string; readonly path: string }
  readonly origin?: Span
}

/** The live positions of token and token'. */
export type Live = 'attended' | 'masked' | 'first_piece' | 'any'

/** What the entries along an axis are: logits, probabilities or log-probabilities. */
export interface Distribution {
  readonly form: 'logits' | 'probabilities' | 'log-probabilities'
  readonly over: AxisName
  /** The sum of probabilities, if known: 1 for a softmax, 0.5 for its half, `progress` for its multiple. */
  readonly total?: Total
}
/** A number plus multiples of weights by their ids: 1 - progress. */
export interface Total {
  readonly constant: number
  readonly weights: ReadonlyMap<number, number>
}

/**
 * A parameter in a term: its model `S` and its canonical path `layer[1].ffn.up.weight`, after sharing and
 * tying.
 */
export interface ParameterReference {
  readonly owner: string
  readonly path: string
}

export type TermOperation =
  | { readonly op: 'number'; readonly value: number }
  /** A scalar that training provides. Loss weights, temperatures and rates may read it. */
  | { readonly op: 'schedule'; readonly name: 'progress' | 'step' | 'epoch' }
  /**
   * tokens, segments, attended [example, token]; places [token]; batch.label [example]; batch.original
   * [example, token]; batch.order, batch.start, batch.end [example]; batch.tags [example, token]
   */
  | { readonly op: 'input'; readonly name: string }
  | { readonly op: 'parameter'; readonly parameter: ParameterReference; readonly shape: readonly number[] }
  /** inputs: left [rows, rank], right [rank, columns] -> a matrix */
  | { readonly op: 'compose' }
  /**
   * inputs: ids, matrix [rows, units]; `padding`: the row whose lookup passes no gradient (torch's
   * padding_idx)
   */
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
  /**
   * `site` is unique for each use, also within a shared layer: `S.layer[3].attention.context`, with `#2` for
   * a second use in a binding
   */
  | { readonly op: 'dropout'; readonly rate: number; readonly site: string; readonly owner: string }
  /** unit -> head x unit, head-major */
  | { readonly op: 'split'; readonly heads: number }
  | { readonly op: 'join' }
  /** renames token (or `axis`) to its primed axis */
  | { readonly op: 'across'; readonly axis: AxisName }
  /** takes one entry (0-based) of an axis and removes the axis; `.first` is index 0 of token */
  | { readonly op: 'pick'; readonly axis: AxisName; readonly index: number }
  | { readonly op: 'concat' }
  /** moves positions along token by `by`, filled with zeros: shift(x, 1)[t] = x[t - 1] */
  | { readonly op: 'shift'; readonly by: number }
  /** inputs a, b; contracts `over`; `pair`: axes in both that are kept twice, b's as the primed axis */
  | { readonly op: 'dot'; readonly over: AxisName; readonly pair: readonly AxisName[]; readonly live?: Live }
  /** a @ b: contracts the `primed` axis of a with the plain axis of that kind in b */
  | { readonly op: 'apply'; readonly primed: AxisName; readonly live?: Live }
  /** a reduction with a tensor as its result: sum(x, over = head) */
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
  /** inputs: logits s and t. The element-wise form has the axis `over`; this term has summed over it. */
  | { readonly op: 'kl'; readonly over: AxisName; readonly live?: Live }
  /**
   * inputs: logits and integer labels (without `over`). A label of -100 or out of range gives 0. `weights`:
   * one factor for each class
   */
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
   * The common reduction of losses: the sum of the input over live positions, divided by the number of live
   * (example, AXES) tuples of `per`. The result is a scalar. `per` lists axes of the element-wise form other
   * than example. If it names the axis `over`, which is summed already, `over.size` multiplies the count.
   * `live` applies to token and `livePrimed` to token', whether or not they are in `per`.
   */
  | {
      readonly op: 'reduction'
      readonly primitive: 'mse' | 'mean' | 'kl' | 'cross_entropy' | 'cosine_distance'
      readonly per: readonly AxisName[]
      readonly live: Live
      readonly livePrimed: Live
      readonly withinExample: boolean
      /**
       * The axis over which a kl or cross_entropy has summed, with its size, if `per` names it. A token axis,
       * 'token' or "token'", counts live positions.
       */
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
  /** `constant(x)`: the value without its gradient */
  | 'stop_gradient'
export type BinaryName = '+' | '-' | '*' | '/' | '^' | 'min' | 'max'

export interface Term {
  /**
   * Ids rise in order of creation: terms of a model in the order of its declaration (layer by layer), then
   * losses. Inputs have smaller ids.
   */
  readonly id: number
  readonly operation: TermOperation
  readonly inputs: readonly Term[]
  /** In canonical order. Empty for a scalar, and for a parameter, which has `shape`. */
  readonly axes: readonly TermAxis[]
  readonly type: 'real' | 'integer' | 'boolean'
  /** Absent if it is not known to be logits or probabilities. */
  readonly distribution?: Distribution
  /** Facts about the term and all terms below it. */
  readonly facts: TermFacts
  readonly span: Span
}

/**
 * Stored with each term. To walk below each of many terms would take the product of their number and their
 * size.
 */
export interface TermFacts {
  /** Whether it depends only on numbers and on progress, step and epoch: a weight, not a loss. */
  readonly weight: boolean
  readonly readsSchedule: boolean
  /** Whether it is a reduction or contains one. */
  readonly reduced: boolean
  /** Whether it compares or adds up examples, or contains such a term. */
  readonly crossesExamples: boolean
}
