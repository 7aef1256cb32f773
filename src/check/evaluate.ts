/**
 * Evaluates expressions, one case for each form. Operators, calls, members and suffixes have files of their
 * own.
 */
import type { Span } from '../diagnostics/diagnostic.ts'
import { emptySum } from '../diagnostics/messages/losses.ts'
import { listTooLong } from '../diagnostics/messages/names.ts'
import type {
  BinaryExpression,
  BinderExpression,
  Expression,
  IfExpression,
  RangeExpression,
} from '../syntax/expressions.ts'
import { limits } from '../syntax/limits.ts'
import { callValue } from './call.ts'
import type { Checker } from './checker.ts'
import { absentError, indicesOf, integerOf, numberOfLabels, numeric, unexpected } from './extract.ts'
import { indexValue, memberValue } from './member.ts'
import { binary, choose, negate } from './operators.ts'
import { resolveName } from './resolve.ts'
import { withLocal } from './scope.ts'
import { withSuffix } from './suffix.ts'
import { POISON, type Scope, type Value } from './values.ts'

/** What editors show the values of. */
const shown: ReadonlySet<Expression['kind']> = new Set(['name', 'member', 'index', 'call', 'binder'])

export function evaluate(checker: Checker, e: Expression, scope: Scope): Value {
  const cost = e.kind === 'call' ? 1 : 0
  if (!checker.fuel.enter(cost)) return checker.outOfFuel(e.span, scope)
  const value = meaning(checker, e, scope)
  if (checker.uses && shown.has(e.kind)) checker.uses.value(e, value)
  checker.fuel.leave()
  return value
}

function meaning(checker: Checker, e: Expression, scope: Scope): Value {
  switch (e.kind) {
    case 'number':
      return { kind: 'number', value: e.value, origin: e.span }
    case 'string': {
      const value = checker.interpolate(e, scope)
      return value === undefined ? POISON : { kind: 'string', value, span: e.span }
    }
    case 'size':
      return { kind: 'size', bytes: e.bytes }
    case 'quantity':
      return { kind: 'quantity', value: e.value, unit: e.unit }
    case 'name':
      return e.name === '' ? POISON : resolveName(checker, e.name, e.span, scope)
    case 'parenthesized':
      return evaluate(checker, e.value, scope)
    case 'list': {
      if (e.items.length > limits.members)
        return checker.fail(listTooLong({ span: e.span, items: e.items.length, most: limits.members }), scope)
      const items = e.items.map((item) => evaluate(checker, item, scope))
      return items.some((item) => item.kind === 'poison') ? POISON : { kind: 'list', items }
    }
    case 'range':
      return range(checker, e, scope)
    case 'lambda':
      return { kind: 'lambda', variable: e.variable, body: e.body, scope }
    case 'negate':
      return negate(checker, evaluate(checker, e.value, scope), e.span, scope)
    case 'binary':
      return chain(checker, e, scope)
    case 'if':
      return condition(checker, e, scope)
    case 'suffix':
      return withSuffix(checker, e, scope)
    case 'member':
      return memberValue(checker, evaluate(checker, e.base, scope), e.name.text, e.name.span, scope)
    case 'index':
      return indexValue(checker, evaluate(checker, e.base, scope), e.index, e.span, scope)
    case 'binder':
      return binder(checker, e, scope)
    case 'call':
      return callValue(checker, e, scope)
  }
}

/** `a + b - c`. A loop along the left operands, because a sum may have thousands of terms. */
function chain(checker: Checker, e: BinaryExpression, scope: Scope): Value {
  const steps = [e]
  let first = e.left
  for (; first.kind === 'binary'; first = first.left) steps.push(first)
  let value = evaluate(checker, first, scope)
  for (const step of steps.reverse())
    value = binary(checker, step, value, evaluate(checker, step.right, scope), scope)
  return value
}

function range(checker: Checker, e: RangeExpression, scope: Scope): Value {
  const from = integerOf(
    checker,
    evaluate(checker, e.from, scope),
    e.from.span,
    scope,
    'the start of a range',
  )
  const to = integerOf(checker, evaluate(checker, e.to, scope), e.to.span, scope, 'the end of a range')
  return from === undefined || to === undefined ? POISON : { kind: 'range', from, to }
}

/**
 * A condition with a known value decides at once, and the other branch is not evaluated. A condition of
 * tensors selects element by element.
 */
function condition(checker: Checker, e: IfExpression, scope: Scope): Value {
  const test = evaluate(checker, e.condition, scope)
  if (test.kind === 'boolean') return evaluate(checker, test.value ? e.then : e.else, scope)
  if (test.kind === 'undecided') return checker.fail(numberOfLabels(test.classes, e.condition.span), scope)
  const yes = evaluate(checker, e.then, scope)
  const no = evaluate(checker, e.else, scope)
  return choose(checker, e, test, yes, no, scope)
}

/** `sum m in 0..n { ... }` is ((t0 + t1) + t2) ... . Each addition is made right after its term. */
function binder(checker: Checker, e: BinderExpression, scope: Scope): Value {
  const over = evaluate(checker, e.over, scope)
  const indices = indicesOf(checker, over, e.over.span, scope, 'what to sum over')
  if (!indices) return POISON
  if (indices.length === 0) return checker.fail(emptySum({ span: e.over.span, how: e.how }), scope)
  let total: Value | undefined
  for (const index of indices) {
    if (!checker.fuel.enter(5)) return checker.outOfFuel(e.span, scope)
    const value = evaluate(
      checker,
      e.body,
      withLocal(scope, e.variable.text, { kind: 'number', value: index }, e.variable.span),
    )
    checker.fuel.leave()
    const sound = addend(checker, value, e.body.span, scope)
    total = total === undefined ? sound : add(checker, total, sound, e.span, scope)
  }
  if (!total || e.how === 'sum') return total ?? POISON
  const count: Value = { kind: 'number', value: indices.length }
  return binary(checker, { operator: '/', span: e.span, left: e.body, right: e.over }, total, count, scope)
}

function addend(checker: Checker, value: Value, span: Span, scope: Scope): Value {
  if (value.kind === 'term' || numeric(value) !== undefined) return value
  if (value.kind === 'absent') return checker.fail(absentError(value, span), scope)
  unexpected(checker, value, span, scope, 'a number or a tensor')
  return POISON
}

function add(checker: Checker, left: Value, right: Value, span: Span, scope: Scope): Value {
  const side: Expression = { kind: 'name', name: '', span }
  return binary(checker, { operator: '+', span, left: side, right: side }, left, right, scope)
}
