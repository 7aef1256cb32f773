/**
 * Checks names in functions that are never called. A `def` or `loss` with parameters is evaluated only where
 * it is used, but an unknown name in it is an error in any case. Heads are left out: their free names are
 * those of the model that uses them.
 */
import { unknownName } from '../../diagnostics/messages/names.ts'
import type { Declaration, FunctionDeclaration } from '../../syntax/ast.ts'
import { nameExpressions } from '../names-in.ts'
import { isVisible, nameHint, visibleNames } from '../resolve.ts'
import type { Rule } from './rule.ts'

export const functionNames: Rule = ({ checker }, reporter) => {
  const { spec } = checker
  const scope = checker.scope(spec)
  for (const declaration of spec.tree.declarations) {
    if (!isFunction(declaration)) continue
    const parameters = new Set(declaration.parameters?.map(({ name }) => name.text))
    const defaults = declaration.parameters?.flatMap(({ defaultValue }) => defaultValue ?? []) ?? []
    for (const part of [declaration.body, ...defaults])
      for (const { name, span } of nameExpressions(part, parameters)) {
        if (name === '' || isVisible(name, scope)) continue
        const hint = nameHint(checker, name, [...parameters, ...visibleNames(scope)], spec)
        reporter.report(unknownName({ span, name, hint }))
      }
  }
}

function isFunction(declaration: Declaration): declaration is FunctionDeclaration {
  return declaration.kind === 'def' || (declaration.kind === 'loss' && declaration.parameters !== undefined)
}
