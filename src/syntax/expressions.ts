/** The syntax tree within an item: paths and expressions. */

import type { Span } from '../diagnostics/diagnostic.ts'
import type { StringPiece } from './string-escapes.ts'

export interface Name {
  readonly text: string
  readonly span: Span
}

/** `layer[*].ffn.*`, `**.bias`, `S.layer[1..m]` */
export interface Path {
  readonly components: readonly PathComponent[]
  readonly span: Span
}
export interface PathComponent {
  /** A name, `*` (one component) or `**` (any number). */
  readonly name: string
  /** `[*]`, or an expression: a number, a range, or a name that the match binds. */
  readonly index?: '*' | Expression
  readonly span: Span
}

// ---------------------------------------------------------------- expressions

export type Expression =
  | NumberLiteral
  | StringLiteral
  | SizeLiteral
  | NameExpression
  | Parenthesized
  | ListLiteral
  | RangeExpression
  | LambdaExpression
  | NegateExpression
  | BinaryExpression
  | IfExpression
  | SuffixExpression
  | CallExpression
  | IndexExpression
  | MemberExpression
  | BinderExpression
  | QuantityExpression

interface ExpressionBase {
  readonly span: Span
}
/** `768`, `30_522`, `5e-5`, `15%` (value 0.15). `text` is as written. */
export interface NumberLiteral extends ExpressionBase {
  readonly kind: 'number'
  readonly value: number
  readonly text: string
}
/** The checker fills `{task}` holes, since it knows the settings. */
export interface StringLiteral extends ExpressionBase {
  readonly kind: 'string'
  readonly pieces: readonly StringPiece[]
  /** The pieces in one text, with holes as they are written. */
  readonly value: string
  readonly text: string
}
/** `2GiB` */
export interface SizeLiteral extends ExpressionBase {
  readonly kind: 'size'
  readonly bytes: number
  readonly text: string
}
export interface NameExpression extends ExpressionBase {
  readonly kind: 'name'
  readonly name: string
}
export interface Parenthesized extends ExpressionBase {
  readonly kind: 'parenthesized'
  readonly value: Expression
}
export interface ListLiteral extends ExpressionBase {
  readonly kind: 'list'
  readonly items: readonly Expression[]
}
/** Inclusive: `1..layers`. */
export interface RangeExpression extends ExpressionBase {
  readonly kind: 'range'
  readonly from: Expression
  readonly to: Expression
}
/** `m -> 3 * m` */
export interface LambdaExpression extends ExpressionBase {
  readonly kind: 'lambda'
  readonly variable: Name
  readonly body: Expression
}
export interface NegateExpression extends ExpressionBase {
  readonly kind: 'negate'
  readonly value: Expression
}
export type BinaryOperator = '+' | '-' | '*' | '/' | '%' | '^' | '@' | '<' | '<=' | '>' | '>=' | '==' | '!='
export interface BinaryExpression extends ExpressionBase {
  readonly kind: 'binary'
  readonly operator: BinaryOperator
  readonly left: Expression
  readonly right: Expression
}
export interface IfExpression extends ExpressionBase {
  readonly kind: 'if'
  readonly condition: Expression
  readonly then: Expression
  readonly else: Expression
}
/** `x per (token) where masked within example`, `accuracy on glosses`; each part with its place. */
export interface SuffixExpression extends ExpressionBase {
  readonly kind: 'suffix'
  readonly value: Expression
  readonly per?: { readonly axes: readonly Name[]; readonly span: Span }
  readonly where?: { readonly mask: Name; readonly span: Span }
  readonly within?: { readonly span: Span }
  readonly on?: { readonly data: Name; readonly span: Span }
}
export interface Argument {
  readonly name?: Name
  readonly value: Expression
}
export interface CallExpression extends ExpressionBase {
  readonly kind: 'call'
  readonly callee: Expression
  readonly arguments: readonly Argument[]
}
/** `S.hidden[m]`, `T.layer[1..3]` */
export interface IndexExpression extends ExpressionBase {
  readonly kind: 'index'
  readonly base: Expression
  readonly index: Expression
}
export interface MemberExpression extends ExpressionBase {
  readonly kind: 'member'
  readonly base: Expression
  readonly name: Name
}
/** `sum m in 0..S.layers { ... }`, `mean m in [1, 2] { ... }` */
export interface BinderExpression extends ExpressionBase {
  readonly kind: 'binder'
  readonly how: 'sum' | 'mean'
  readonly variable: Name
  readonly over: Expression
  readonly body: Expression
}
/** `3 epochs`, `125_000 steps` */
export interface QuantityExpression extends ExpressionBase {
  readonly kind: 'quantity'
  readonly value: number
  readonly text: string
  readonly unit: 'epochs' | 'steps'
}
