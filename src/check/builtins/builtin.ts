/** What a built-in function is: a record that `index.ts` registers by name. */
import type { CallExpression } from '../../syntax/ast.ts'
import type { Core } from '../core.ts'
import type { Scope } from '../scope.ts'
import type { Value } from '../values.ts'

export interface BuiltinDefinition {
  readonly name: string
  /** `linear(x, size, axis =, weight =, bias =)`: shown where the arguments are wrong. */
  readonly signature: string
  /** Evaluates a call of it. Reports its own errors and gives POISON. */
  readonly call: (core: Core, call: CallExpression, scope: Scope) => Value
}
