/**
 * Makes scopes. The types are in `values.ts`, since values and scopes refer to each other. Scopes are
 * immutable.
 */
import type { Span } from '../diagnostics/diagnostic.ts'
import type { Expression } from '../syntax/expressions.ts'
import type { FileScope } from './files.ts'
import type { Frame, Local, Scope, Suffixes, Value } from './values.ts'

export const noSuffixes: Suffixes = { within: false, marks: {} }

const noLocals: ReadonlyMap<string, Local> = new Map()

/** The scope of declarations of a file. */
export function fileScope(file: FileScope, frame?: Frame): Scope {
  return { file, locals: noLocals, suffixes: noSuffixes, ...(frame ? { frame } : {}) }
}

export function withLocal(scope: Scope, name: string, value: Value, declared?: Span): Scope {
  const local = { value: () => value, ...(declared === undefined ? {} : { declared }) }
  return { ...scope, locals: new Map(scope.locals).set(name, local) }
}

/** An argument that is evaluated once, when it is first needed. */
export function lazyLocal(
  expression: Expression,
  scope: Scope,
  evaluate: (e: Expression, s: Scope) => Value,
  declared: Span,
): Local {
  let known: Value | undefined
  return {
    value: () => {
      known ??= evaluate(expression, scope)
      return known
    },
    expression,
    scope,
    declared,
  }
}
