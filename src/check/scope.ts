/**
 * Where an expression stands: which names it sees, which suffixes surround it, which binding owns the parameters it makes, and through which
 * calls a library's text was reached (so that a message can point at the user's own line first). Scopes are immutable.
 */
import type { Span } from '../diagnostics/diagnostic.ts'
import type { Expression } from '../syntax/expressions.ts'
import type { FileScope } from './files.ts'
import type { ModelInstance } from './instance.ts'
import type { AxisName, Live } from './tensor-term.ts'
import type { BlockInstance, Value } from './values.ts'

/** A call that is being evaluated, or the declaration of the model whose body is; innermost first. */
export interface Frame {
  readonly kind: 'call' | 'model'
  readonly span: Span
  readonly parent?: Frame
}

/** The suffixes around an expression. `reached` notes which of them a primitive used: one that reaches nothing is an error. */
export interface Suffixes {
  readonly per?: readonly AxisName[]
  readonly where?: Live
  readonly within: boolean
  readonly marks: { readonly per?: SuffixMark; readonly where?: SuffixMark; readonly within?: SuffixMark }
}
export interface SuffixMark {
  reached: boolean
}
export const noSuffixes: Suffixes = { within: false, marks: {} }

/** The binding that owns what its expression makes. */
export interface Owner {
  readonly instance: ModelInstance
  /** Path of the binding: `['layer[3]', 'ffn', 'up']`. */
  readonly path: readonly string[]
  readonly span: Span
  /** The whole expression of the binding: a head call is a reusable block only where it is all of it. */
  readonly expression: Expression
  /** The operation that has taken the parameters; a second one is an error. */
  used?: { readonly operation: string; readonly span: Span }
  /** Dropouts so far, for their sites. */
  dropouts: number
}

/** A local name. Arguments keep their syntax, so that `weight = tied` finds the path that `tied` was given. */
export interface Local {
  value(): Value
  readonly expression?: Expression
  readonly scope?: Scope
}

export interface Scope {
  readonly file: FileScope
  /** The block of a model whose names (and those around it) are seen. */
  readonly block?: BlockInstance
  /** Arguments, binder variables, indices. */
  readonly locals: ReadonlyMap<string, Local>
  readonly suffixes: Suffixes
  readonly owner?: Owner
  readonly frame?: Frame
}

const noLocals: ReadonlyMap<string, Local> = new Map()

/** The scope of declarations of a file. */
export function fileScope(file: FileScope, frame?: Frame): Scope {
  return { file, locals: noLocals, suffixes: noSuffixes, ...(frame ? { frame } : {}) }
}

export function withLocal(scope: Scope, name: string, value: Value): Scope {
  return { ...scope, locals: new Map(scope.locals).set(name, { value: () => value }) }
}

/** An argument that is evaluated when it is first needed, once. */
export function lazyLocal(
  expression: Expression,
  scope: Scope,
  evaluate: (e: Expression, s: Scope) => Value,
): Local {
  let known: Value | undefined
  return {
    value: () => {
      known ??= evaluate(expression, scope)
      return known
    },
    expression,
    scope,
  }
}
