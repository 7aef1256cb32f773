/**
 * Declared losses. A suffix outside does not apply inside them, their value is one number, and each has a
 * term of its own.
 */
import { lossNotATensor, lossWithAxes } from '../diagnostics/messages/losses.ts'
import type { FunctionDeclaration } from '../syntax/ast.ts'
import type { Checker } from './checker.ts'
import { describe } from './describe.ts'
import type { FileScope } from './files.ts'
import { shapeText } from './terms.ts'
import { POISON, type Scope, type Value } from './values.ts'

/** `loss hard = ...`: a loss without parameters is a term. */
export function plainLoss(checker: Checker, declaration: FunctionDeclaration, file: FileScope): Value {
  const scope = checker.scope(file)
  return finishLoss(
    checker,
    checker.evaluate(declaration.body, scope),
    declaration.name.text,
    declaration,
    scope,
  )
}

/**
 * Checks that a loss is one number, and makes a term of its own for it. Two losses with equal expressions are
 * logged separately and computed once, because equal nodes of the graph are one.
 */
export function finishLoss(
  checker: Checker,
  value: Value,
  name: string,
  declaration: FunctionDeclaration,
  scope: Scope,
): Value {
  if (value.kind === 'poison') return POISON
  const span = declaration.body.span
  if (value.kind !== 'term')
    return checker.fail(lossNotATensor({ span, name, found: describe(value) }), scope)
  const { term } = value
  if (term.axes.length > 0) return checker.fail(lossWithAxes({ span, name, shape: shapeText(term) }), scope)
  return { kind: 'term', term: checker.lossTerm(term, name, declaration) }
}
