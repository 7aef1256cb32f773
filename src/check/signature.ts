/** The parameters of a declared function or head, to bind arguments and for messages. */
import type { FunctionDeclaration, HeadDeclaration, Parameter } from '../syntax/ast.ts'
import type { ParameterSlot } from './arguments.ts'
import type { Checker } from './checker.ts'

export function slotsOf(parameters: readonly Parameter[]): ParameterSlot[] {
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
