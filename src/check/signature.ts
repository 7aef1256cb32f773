/** Calls of declared functions and heads: their parameters bound to arguments, and as messages show them. */
import type { FunctionDeclaration, HeadDeclaration, Parameter } from '../syntax/ast.ts'
import type { CallExpression, Expression } from '../syntax/expressions.ts'
import { bindArguments, type ParameterSlot } from './arguments.ts'
import type { Checker } from './checker.ts'
import type { Scope } from './values.ts'

function slotsOf(parameters: readonly Parameter[]): ParameterSlot[] {
  return parameters.map((parameter) => ({
    name: parameter.name.text,
    required: parameter.defaultValue === undefined,
  }))
}

/** `soften(s, t, temperature = 1)`, as declared. */
export function signatureOf(checker: Checker, declaration: FunctionDeclaration | HeadDeclaration): string {
  const shown = (declaration.parameters ?? []).map(({ name, defaultValue }) =>
    defaultValue ? `${name.text} = ${checker.text(defaultValue.span)}` : name.text,
  )
  return `${declaration.name.text}(${shown.join(', ')})`
}

/** Expressions by parameter name; undefined after reporting. */
export function bindDeclared(
  checker: Checker,
  declaration: FunctionDeclaration | HeadDeclaration,
  call: CallExpression,
  scope: Scope,
): Map<string, Expression> | undefined {
  const slots = slotsOf(declaration.parameters ?? [])
  return bindArguments(checker, call, scope, declaration.name.text, slots, signatureOf(checker, declaration))
}
