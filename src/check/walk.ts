/** Paths of names and single indices, walked to a value: `S.layer[3].ffn`, `tinybert_4.hidden_size`. */
import { notCallable, unknownName } from '../diagnostics/messages/names.ts'
import type { Path } from '../syntax/expressions.ts'
import type { Checker } from './checker.ts'
import { indexValue, memberValue } from './member.ts'
import { nameHint } from './resolve.ts'
import type { Scope, Value } from './values.ts'

export function walkPath(core: Checker, path: Path, scope: Scope): Value {
  let value: Value | undefined
  for (const component of path.components) {
    const { name, span, index } = component
    if (name === '*' || name === '**' || index === '*')
      return core.fail(
        notCallable({ span, found: 'a pattern', how: 'used here', help: 'name one thing' }),
        scope,
      )
    if (value === undefined) {
      value = core.lookup(name, scope.file)
      if (!value)
        return core.fail(
          unknownName({ span, name, hint: nameHint(core, name, scope.file.names.keys(), scope.file) }),
          scope,
        )
    } else value = memberValue(core, value, name, span, scope)
    if (index !== undefined) value = indexValue(core, value, index, span, scope)
  }
  return value ?? { kind: 'poison' }
}
