/**
 * Binds the arguments of a call to parameters: first by position, then by name. Missing, repeated and unknown
 * arguments are errors.
 */

import { hintFor } from '../diagnostics/foreign-names.ts'
import { wrongArguments } from '../diagnostics/messages/names.ts'
import type { Argument, CallExpression, Expression } from '../syntax/expressions.ts'
import type { Checker } from './checker.ts'
import type { Scope } from './values.ts'

export interface ParameterSlot {
  readonly name: string
  readonly required: boolean
}

/** Expressions by parameter name; undefined after reporting. */
export function bindArguments(
  checker: Checker,
  call: CallExpression,
  scope: Scope,
  callee: string,
  slots: readonly ParameterSlot[],
  signature: string,
): Map<string, Expression> | undefined {
  const bound = new Map<string, Expression>()
  const help = `it is ${signature}`
  let failed = false
  const wrong = (argument: Argument, problem: string, hint = help) => {
    checker.report(
      wrongArguments({ span: argument.name?.span ?? argument.value.span, problem, help: hint }),
      scope,
    )
    failed = true
  }
  let position = 0
  for (const argument of call.arguments) {
    if (!argument.name) {
      const slot = slots[position++]
      if (slot) bound.set(slot.name, argument.value)
      else if (position === slots.length + 1) wrong(argument, `\`${callee}\` takes ${count(slots.length)}`)
      continue
    }
    const { text } = argument.name
    if (!slots.some((slot) => slot.name === text)) {
      const free = slots.map((slot) => slot.name).filter((slot) => !bound.has(slot))
      const hint = hintFor(text, free, 'argument')
      const instead = hint.similar === undefined ? hint.help : `did you mean \`${hint.similar}\`? ${help}`
      wrong(argument, `\`${callee}\` has no argument \`${text}\``, instead ?? help)
    } else if (bound.has(text)) wrong(argument, `\`${callee}\` is given \`${text}\` twice`)
    else bound.set(text, argument.value)
  }
  if (!failed && slots.some((slot) => slot.required && !bound.has(slot.name))) {
    const missing = slots.filter((slot) => slot.required && !bound.has(slot.name))
    const names = missing.map((slot) => `\`${slot.name}\``).join(' and ')
    checker.report(wrongArguments({ span: call.span, problem: `\`${callee}\` needs ${names}`, help }), scope)
    failed = true
  }
  return failed ? undefined : bound
}

function count(number: number): string {
  if (number === 0) return 'no arguments'
  return number === 1 ? 'one argument' : `${number} arguments`
}

/** `linear(x, size, axis = unit)` -> x and size are required, axis is not. */
export function parseSignature(signature: string): { slots: ParameterSlot[] } {
  const inside = signature.slice(signature.indexOf('(') + 1, signature.lastIndexOf(')'))
  const parts = inside
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  return {
    slots: parts.map((part) => ({ name: part.split(/[ =]/, 1)[0] ?? part, required: !part.includes('=') })),
  }
}
