/**
 * Operators on numbers, scalars of the schedule and tensors. Tensors are aligned by the names of their axes.
 * A common axis must have one size, and a common class axis one identity.
 */
import type { Label, Span } from '../diagnostics/diagnostic.ts'
import { noNumber } from '../diagnostics/messages/names.ts'
import { axisOfTwoSizes, differentClasses, unfittingAxes } from '../diagnostics/messages/shapes.ts'
import type { BinaryExpression, BinaryOperator, IfExpression } from '../syntax/expressions.ts'
import type { Checker } from './checker.ts'
import {
  ofAverage,
  ofChoice,
  ofDifference,
  ofExtreme,
  ofNegative,
  ofProduct,
  ofQuotient,
  ofSum,
} from './distribution.ts'
import {
  absentError,
  numberOfLabels,
  numeric,
  originsOf,
  sized,
  termOf,
  unexpected,
  unknownLabels,
} from './extract.ts'
import { liveMode } from './live.ts'
import { plainOf } from './primed-axes.ts'
import type { AxisName, BinaryName, Distribution, Term, TermAxis, UnaryName } from './tensor-term.ts'
import { axisOf, shapeText, type TermDetails } from './terms.ts'
import { POISON, type Scope, type Value } from './values.ts'

const arithmetic: Record<Exclude<BinaryOperator, '@' | Comparison>, (a: number, b: number) => number> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a - b * Math.floor(a / b),
  '^': (a, b) => a ** b,
}
/** Whether the result of each operator is logits, probabilities or neither. */
const distributions: Record<BinaryName, (x: Term, y: Term) => Distribution | undefined> = {
  '+': ofSum,
  '-': ofDifference,
  '*': ofProduct,
  '/': ofQuotient,
  '^': () => undefined,
  min: ofExtreme,
  max: ofExtreme,
}
type Comparison = '<' | '<=' | '>' | '>=' | '==' | '!='
const comparisons: Record<Comparison, (a: number, b: number) => boolean> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
}
function isComparison(operator: BinaryOperator): operator is Comparison {
  return operator in comparisons
}

export function binary(
  checker: Checker,
  e: Pick<BinaryExpression, 'operator' | 'span' | 'left' | 'right'>,
  left: Value,
  right: Value,
  scope: Scope,
): Value {
  const { operator, span } = e
  if (left.kind === 'poison' || right.kind === 'poison') return POISON
  if (left.kind === 'absent' || right.kind === 'absent') {
    // An absent binding counts as 0 in a sum, and is an error elsewhere.
    if (operator === '+') return left.kind === 'absent' ? right : left
    const absent = left.kind === 'absent' ? left : right
    const at = left.kind === 'absent' ? e.left.span : e.right.span
    return absent.kind === 'absent' ? checker.fail(absentError(absent, at), scope) : POISON
  }
  if (left.kind === 'unsized' || right.kind === 'unsized')
    return whenSized([left, right], ([a, b]) => (a && b ? binary(checker, e, a, b, scope) : POISON))
  if (operator === '@') return apply(checker, e, left, right, scope)
  if (
    isComparison(operator) &&
    left.kind === 'string' &&
    right.kind === 'string' &&
    (operator === '==' || operator === '!=')
  )
    return { kind: 'boolean', value: (left.value === right.value) === (operator === '==') }
  const unknown = unknownLabels(left) ?? unknownLabels(right)
  if (unknown !== undefined && isComparison(operator)) return { kind: 'undecided', classes: unknown }
  const a = numeric(left)
  const b = numeric(right)
  if (a !== undefined && b !== undefined) {
    if (isComparison(operator)) return { kind: 'boolean', value: comparisons[operator](a, b) }
    return finite(checker, arithmetic[operator](a, b), span, scope, [left, right], divides(operator, b))
  }
  if (divides(operator, b)) return noResult(checker, span, scope, [right], true)
  const x = operand(checker, left, e.left.span, scope)
  const y = operand(checker, right, e.right.span, scope)
  if (!x || !y) return POISON
  if (isComparison(operator)) {
    const axes = unionAxes(checker, [x, y], operator, span, scope)
    if (!axes) return POISON
    return {
      kind: 'term',
      term: checker.terms.make({ op: 'compare', name: operator }, [x, y], axes, span, { type: 'boolean' }),
    }
  }
  if (operator === '%') {
    unexpected(checker, left.kind === 'term' ? left : right, span, scope, 'numbers for %')
    return POISON
  }
  return elementwise(checker, operator, x, y, span, scope)
}

function divides(operator: BinaryOperator, divisor: number | undefined): boolean {
  return (operator === '/' || operator === '%') && divisor === 0
}

/** The number that arithmetic gives. Reports where there is none: sqrt(-1), log(0), 1 / 0. */
export function finite(
  checker: Checker,
  value: number,
  span: Span,
  scope: Scope,
  operands: readonly Value[],
  byZero = false,
): Value {
  if (Number.isFinite(value)) return { kind: 'number', value, origin: span }
  return noResult(checker, span, scope, operands, byZero)
}

function noResult(
  checker: Checker,
  span: Span,
  scope: Scope,
  operands: readonly Value[],
  byZero: boolean,
): Value {
  const problem = byZero ? 'division by 0' : 'no finite number'
  const secondary = originsOf(operands, span)
  return checker.fail(noNumber({ span, text: checker.text(span), problem, secondary }), scope)
}

/**
 * Makes a value from values of which some wait for their classes: at once if another one has them, otherwise
 * as soon as they are known.
 */
function whenSized(values: readonly Value[], make: (values: readonly Value[]) => Value): Value {
  const terms = values.map((value) => (value.kind === 'term' ? value.term : undefined))
  const known = values.map((value) => sized(value, ...terms))
  if (known.every(({ kind }) => kind !== 'unsized')) return make(known)
  return {
    kind: 'unsized',
    make: (axis) => make(values.map((value) => (value.kind === 'unsized' ? value.make(axis) : value))),
  }
}

/** A tensor; a number becomes a constant one. */
export function operand(checker: Checker, value: Value, span: Span, scope: Scope): Term | undefined {
  const number = numeric(value)
  if (number !== undefined) return checker.terms.number(number, span)
  return termOf(checker, value, span, scope, 'or a number')
}

export function elementwise(
  checker: Checker,
  name: BinaryName,
  x: Term,
  y: Term,
  span: Span,
  scope: Scope,
): Value {
  const axes = unionAxes(checker, [x, y], name, span, scope)
  if (!axes) return POISON
  const term = checker.terms.binary(name, x, y, axes, span, distributions[name](x, y))
  const [learner, target] = x.operation.op === 'log_softmax' ? [x, y] : [y, x]
  if (name === '*' && learner.operation.op === 'log_softmax' && target.operation.op === 'softmax')
    checker.comparisons.push({ term, learner, target, span, scope })
  return { kind: 'term', term }
}

export function negate(checker: Checker, value: Value, span: Span, scope: Scope): Value {
  const number = numeric(value)
  if (number !== undefined) return { kind: 'number', value: -number, origin: span }
  if (value.kind === 'unsized')
    return whenSized([value], ([x]) => (x ? negate(checker, x, span, scope) : POISON))
  return unary(checker, 'negate', value, span, scope, (x) => ({
    type: numberType(x),
    distribution: ofNegative(x),
  }))
}

/** Integer for operations on integers that have an integer result, such as a negated or absolute id. */
export function numberType(...terms: readonly Term[]): 'integer' | 'real' {
  return terms.every(({ type }) => type === 'integer') ? 'integer' : 'real'
}

/** `details`: type and distribution of the result; by default real numbers. */
export function unary(
  checker: Checker,
  name: UnaryName,
  value: Value,
  span: Span,
  scope: Scope,
  details?: (x: Term) => TermDetails,
): Value {
  const x = termOf(checker, value, span, scope, `for ${name}`)
  return x ? { kind: 'term', term: checker.terms.unary(name, x, span, details?.(x)) } : POISON
}

export function choose(
  checker: Checker,
  e: IfExpression,
  test: Value,
  yes: Value,
  no: Value,
  scope: Scope,
): Value {
  if (test.kind === 'poison') return POISON
  if ([test, yes, no].some(({ kind }) => kind === 'unsized'))
    return whenSized([test, yes, no], ([c, a, b]) =>
      c && a && b ? choose(checker, e, c, a, b, scope) : POISON,
    )
  if (test.kind !== 'term' || test.term.type === 'real') {
    unexpected(checker, test, e.condition.span, scope, 'a condition')
    return POISON
  }
  const x = operand(checker, yes, e.then.span, scope)
  const y = operand(checker, no, e.else.span, scope)
  if (!x || !y) return POISON
  const axes = unionAxes(checker, [test.term, x, y], 'if', e.span, scope)
  if (!axes) return POISON
  const details: TermDetails = {
    type: numberType(x, y),
    distribution: ofChoice(test.term, x, y),
  }
  return {
    kind: 'term',
    term: checker.terms.make({ op: 'select' }, [test.term, x, y], axes, e.span, details),
  }
}

/**
 * The axes of an element-wise result; undefined after reporting two sizes of one axis, or two identities of
 * classes.
 */
function unionAxes(
  checker: Checker,
  terms: readonly Term[],
  operation: string,
  span: Span,
  scope: Scope,
): TermAxis[] | undefined {
  const axes = new Map<AxisName, TermAxis>()
  for (const term of terms) {
    for (const axis of term.axes) {
      const earlier = axes.get(axis.axis)
      if (!earlier) {
        axes.set(axis.axis, axis)
        continue
      }
      const joined = joinAxes(checker, earlier, axis, operation, span, scope)
      if (!joined) return undefined
      axes.set(axis.axis, joined)
    }
  }
  return [...axes.values()]
}

/** One axis of two operands. */
export function joinAxes(
  checker: Checker,
  a: TermAxis,
  b: TermAxis,
  operation: string,
  span: Span,
  scope: Scope,
): TermAxis | undefined {
  if (!sameIdentity(checker, a, b, span, scope)) return undefined
  if (a.size === b.size) return a.identity?.anonymous === false ? a : b.identity?.anonymous === false ? b : a
  const left = String(a.size)
  const right = String(b.size)
  checker.report(
    axisOfTwoSizes({ span, operation, axis: a.axis, left, right, secondary: sizeOrigins([a, b]) }),
    scope,
  )
  return undefined
}

/** Two named vocabularies or label sets must not mix. A number of classes mixes with any of the same size. */
export function sameIdentity(checker: Checker, a: TermAxis, b: TermAxis, span: Span, scope: Scope): boolean {
  const [left, right] = [a.identity, b.identity]
  if (!left || !right) return true
  const differ = !left.anonymous && !right.anonymous && left.name !== right.name
  const isUnknown = left.unknown !== undefined
  if (!differ && a.size === b.size && isUnknown === (right.unknown !== undefined)) return true
  if (left.unknown || right.unknown) {
    checker.report(numberOfLabels(left.unknown ? left : right, span), scope)
    return false
  }
  const secondary: Label[] = []
  if (left.origin) secondary.push({ span: left.origin, text: `${left.name}` })
  if (right.origin) secondary.push({ span: right.origin, text: `${right.name}` })
  const sized = (axis: TermAxis, name: string) =>
    a.size === b.size || name.startsWith(`${axis.size} `)
      ? name
      : `${name} (${axis.size.toLocaleString('en')})`
  checker.report(
    differentClasses({
      span,
      left: sized(a, left.name),
      right: sized(b, right.name),
      secondary,
      help: 'both sides must count one vocabulary or label set',
    }),
    scope,
  )
  return false
}

export function sizeOrigins(axes: readonly TermAxis[]): Label[] {
  return axes.flatMap(({ size, origin }) =>
    origin ? [{ span: origin, text: `${size.toLocaleString('en')} comes from here` }] : [],
  )
}

/** `a @ b`: contracts the one primed axis of a with the plain axis of that kind in b. */
function apply(
  checker: Checker,
  e: Pick<BinaryExpression, 'span' | 'left' | 'right'>,
  left: Value,
  right: Value,
  scope: Scope,
): Value {
  const { span } = e
  const a = termOf(checker, left, e.left.span, scope, 'for @')
  const b = termOf(checker, right, e.right.span, scope, 'for @')
  if (!a || !b) return POISON
  const wrong = (problem: string, secondary: readonly Label[] = []) =>
    checker.fail(unfittingAxes({ span, operation: '@', problem, secondary }), scope)
  const candidates = a.axes.filter(({ axis }) => axis.endsWith("'"))
  const primed = candidates[0]
  if (!primed || candidates.length > 1)
    return wrong(`the left side needs one primed axis, such as token', found ${shapeText(a)}`)
  const plain = plainOf(primed.axis)
  const other = plain && axisOf(b, plain)
  if (!other) return wrong(`no ${plain ?? primed.axis} on the right side ${shapeText(b)}`)
  if (other.size !== primed.size)
    return wrong(
      `${primed.axis} is ${primed.size} on the left, ${plain} ${other.size} on the right`,
      sizeOrigins([primed, other]),
    )
  const axes = new Map(a.axes.filter((axis) => axis !== primed).map((axis) => [axis.axis, axis]))
  for (const axis of b.axes) {
    if (axis === other) continue
    const earlier = axes.get(axis.axis)
    const joined = earlier ? joinAxes(checker, earlier, axis, '@', span, scope) : axis
    if (!joined) return POISON
    axes.set(axis.axis, joined)
  }
  const live = liveMode(scope, primed.axis)
  const operation = { op: 'apply', primed: primed.axis, ...(live === undefined ? {} : { live }) } as const
  const distribution = ofAverage(a, b, primed.axis)
  return { kind: 'term', term: checker.terms.make(operation, [a, b], axes.values(), span, { distribution }) }
}
