/** Element-wise functions of numbers and tensors. */
import { ofExponential, ofLogarithm } from '../distribution.ts'
import { finite, numberType, operand, elementwise as pairwise, unary } from '../operators.ts'
import type { Term, UnaryName } from '../tensor-term.ts'
import type { TermDetails } from '../terms.ts'
import { POISON } from '../values.ts'
import { type BuiltinDefinition, builtin } from './builtin.ts'

/** Functions of numbers that are useful in settings. */
const ofNumbers: Partial<Record<UnaryName, (x: number) => number>> = {
  sqrt: Math.sqrt,
  abs: Math.abs,
  exp: Math.exp,
  log: Math.log,
  floor: Math.floor,
  tanh: Math.tanh,
}

function function1(
  name: Exclude<UnaryName, 'negate' | 'stop_gradient'>,
  details?: (x: Term) => TermDetails,
): BuiltinDefinition {
  return builtin(`${name}(x)`, (call) => {
    const number = call.numeric('x')
    const compute = ofNumbers[name]
    if (number !== undefined && compute)
      return finite(call.checker, compute(number), call.span, call.scope, [call.value('x')])
    if (number === undefined)
      return unary(call.checker, name, call.value('x'), call.spanOf('x'), call.scope, details)
    const term = call.checker.terms.number(number, call.span)
    return { kind: 'term', term: call.checker.terms.unary(name, term, call.span, details?.(term)) }
  })
}

/** Returns its argument: `before = identity`. */
const identity = builtin('identity(x)', (call) => call.value('x'))

const same = (x: Term): TermDetails => ({ type: numberType(x), distribution: x.distribution })

/** The value without a gradient. */
const constant = builtin('constant(x)', (call) => {
  if (call.numeric('x') !== undefined) return call.value('x')
  return unary(call.checker, 'stop_gradient', call.value('x'), call.spanOf('x'), call.scope, same)
})

/** `min(a, b)` of two, or `min(x, over = AXIS)`: the reduction is in reductions.ts. */
export function extremeOfTwo(name: 'min' | 'max') {
  return (call: Parameters<Parameters<typeof builtin>[1]>[0]) => {
    const a = call.numeric('x')
    const b = call.numeric('y')
    if (a !== undefined && b !== undefined)
      return { kind: 'number', value: Math[name](a, b), origin: call.span } as const
    const x = operand(call.checker, call.value('x'), call.spanOf('x'), call.scope)
    const y = operand(call.checker, call.value('y'), call.spanOf('y'), call.scope)
    return x && y ? pairwise(call.checker, name, x, y, call.span, call.scope) : POISON
  }
}

const real = ['sqrt', 'tanh', 'relu', 'gelu', 'gelu_tanh', 'sigmoid'] as const

export const elementwise = [
  ...real.map((name) => function1(name)),
  function1('abs', (x) => ({ type: numberType(x) })),
  function1('exp', (x) => ({ distribution: ofExponential(x) })),
  function1('log', (x) => ({ distribution: ofLogarithm(x) })),
  function1('floor', () => ({ type: 'integer' })),
  identity,
  constant,
]
