/**
 * Checks names in functions that are never called. A `def` or `loss` with parameters is evaluated only where
 * it is used, but an unknown name in it is an error in any case. Heads are left out: their free names are
 * those of the model that uses them.
 */
import { unknownName } from '../diagnostics/messages/names.ts'
import type { FunctionDeclaration } from '../syntax/ast.ts'
import type { Checker } from './checker.ts'
import type { FileScope } from './files.ts'
import { nameExpressions } from './names-in.ts'
import { isVisible, nameHint, visibleNames } from './resolve.ts'
import { fileScope } from './scope.ts'

export function checkNamesOfFunction(
  checker: Checker,
  declaration: FunctionDeclaration,
  file: FileScope,
): void {
  const scope = fileScope(file)
  const parameters = new Set(declaration.parameters?.map(({ name }) => name.text))
  const look = (e: FunctionDeclaration['body']) => {
    for (const { name, span } of nameExpressions(e, parameters)) {
      if (name === '' || isVisible(name, scope)) continue
      const hint = nameHint(checker, name, [...parameters, ...visibleNames(scope)], file)
      checker.report(unknownName({ span, name, hint }))
    }
  }
  look(declaration.body)
  for (const { defaultValue } of declaration.parameters ?? []) if (defaultValue) look(defaultValue)
}
