/** Follows paths of names and single indices to a value: `S.layer[3].ffn`, `tinybert_4.hidden_size`. */
import { notCallable, unknownName } from '../diagnostics/messages/names.ts'
import type { Path } from '../syntax/expressions.ts'
import type { Checker } from './checker.ts'
import { indexValue, memberValue } from './member.ts'
import { nameHint } from './resolve.ts'
import type { Scope, Value } from './values.ts'

export function walkPath(checker: Checker, path: Path, scope: Scope): Value {
  let value: Value | undefined
  for (const component of path.components) {
    const { name, span, index } = component
    if (name === '*' || name === '**' || index === '*')
      return checker.fail(
        notCallable({ span, found: 'a pattern', how: 'used here', help: 'name one thing' }),
        scope,
      )
    if (value === undefined) {
      value = checker.lookup(name, scope.file, span)
      if (!value)
        return checker.fail(
          unknownName({ span, name, hint: nameHint(checker, name, scope.file.names.keys(), scope.file) }),
          scope,
        )
    } else value = memberValue(checker, value, name, span, scope)
    if (index !== undefined) value = indexValue(checker, value, index, span, scope)
  }
  return value ?? { kind: 'poison' }
}
