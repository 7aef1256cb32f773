/**
 * The type of a built-in function: a signature, by which its arguments are bound, and a body that reads them.
 * Each group of functions is a file; `index.ts` lists all of them.
 */
import type { Diagnostic, Span } from '../../diagnostics/diagnostic.ts'
import type { CallExpression, Expression } from '../../syntax/expressions.ts'
import { bindArguments, parseSignature } from '../arguments.ts'
import type { Checker } from '../checker.ts'
import { axisNameOf, integerOf, numberOf, numeric, sizeOf, termBeside, termOf } from '../extract.ts'
import type { AxisName, Term, TermAxis, TermOperation } from '../tensor-term.ts'
import type { TermDetails } from '../terms.ts'
import { POISON, type Scope, type Value } from '../values.ts'

export interface BuiltinDefinition {
  readonly name: string
  /** `linear(x, size, axis = unit, weight = PATH, bias = none)`: a parameter with `=` is optional. */
  readonly signature: string
  /** Evaluates a call. Reports its errors and returns POISON. */
  readonly call: (checker: Checker, call: CallExpression, scope: Scope) => Value
}

/**
 * One call of a built-in function. Its arguments are converted on access; undefined means that an error was
 * reported.
 */
export class BuiltinCall {
  readonly checker: Checker
  readonly scope: Scope
  readonly name: string
  readonly span: Span
  private readonly call: CallExpression
  private readonly bound: ReadonlyMap<string, Expression>
  private readonly values = new Map<string, Value>()

  constructor(
    checker: Checker,
    scope: Scope,
    name: string,
    call: CallExpression,
    bound: ReadonlyMap<string, Expression>,
  ) {
    this.checker = checker
    this.scope = scope
    this.name = name
    this.span = call.span
    this.call = call
    this.bound = bound
  }

  has(slot: string): boolean {
    return this.bound.has(slot)
  }

  /** Is the argument of this slot given by name? */
  isNamed(slot: string): boolean {
    return this.call.arguments.some(({ name }) => name?.text === slot)
  }

  expression(slot: string): Expression | undefined {
    return this.bound.get(slot)
  }

  spanOf(slot: string): Span {
    return this.bound.get(slot)?.span ?? this.span
  }

  value(slot: string): Value {
    const known = this.values.get(slot)
    if (known) return known
    const expression = this.bound.get(slot)
    const value = expression ? this.checker.evaluate(expression, this.scope) : POISON
    this.values.set(slot, value)
    return value
  }

  term(slot: string): Term | undefined {
    return termOf(this.checker, this.value(slot), this.spanOf(slot), this.scope, `for ${this.name}`)
  }

  /** Labels take the classes of `beside`. */
  termBeside(slot: string, beside: Term | undefined): Term | undefined {
    const what = `for ${this.name}`
    return termBeside(this.checker, this.value(slot), beside, this.spanOf(slot), this.scope, what)
  }

  number(slot: string, what: string): number | undefined {
    return numberOf(this.checker, this.value(slot), this.spanOf(slot), this.scope, what)
  }

  integer(slot: string, what: string): number | undefined {
    return integerOf(this.checker, this.value(slot), this.spanOf(slot), this.scope, what)
  }

  /** A whole number of at least 1. */
  size(slot: string, what: string): number | undefined {
    return sizeOf(this.checker, this.value(slot), this.spanOf(slot), this.scope, what)
  }

  axis(slot: string): AxisName | undefined {
    return axisNameOf(this.checker, this.value(slot), this.spanOf(slot), this.scope)
  }

  numeric(slot: string): number | undefined {
    return numeric(this.value(slot))
  }

  warn(diagnostic: Diagnostic): void {
    this.checker.report(diagnostic, this.scope)
  }

  fail(diagnostic: Diagnostic): Value {
    return this.checker.fail(diagnostic, this.scope)
  }

  make(
    operation: TermOperation,
    inputs: readonly Term[],
    axes: Iterable<TermAxis>,
    details?: TermDetails,
  ): Value {
    return { kind: 'term', term: this.checker.terms.make(operation, inputs, axes, this.span, details) }
  }
}

export function builtin(signature: string, body: (call: BuiltinCall) => Value): BuiltinDefinition {
  const name = signature.slice(0, signature.indexOf('('))
  const { slots } = parseSignature(signature)
  return {
    name,
    signature,
    call: (checker, call, scope) => {
      const bound = bindArguments(checker, call, scope, name, slots, signature)
      return bound ? body(new BuiltinCall(checker, scope, name, call, bound)) : POISON
    },
  }
}
