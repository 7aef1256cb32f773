/**
 * Operators on numbers, scalars of the schedule and tensors. Tensors are aligned by the names of their axes; an axis that both sides have must have
 * one size, and a class axis one identity.
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
import { absentError, numeric, originsOf, sized, termOf, unexpected } from './extract.ts'
import { liveMode } from './live.ts'
import type { AxisName, BinaryName, Distribution, Term, TermAxis, UnaryName } from './tensor-term.ts'
import { axisOf, shapeText, type TermDetails } from './terms.ts'
import { plainOf } from './twins.ts'
import { POISON, type Scope, type Value } from './values.ts'

const arithmetic: Record<Exclude<BinaryOperator, '@' | Comparison>, (a: number, b: number) => number> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a - b * Math.floor(a / b),
  '^': (a, b) => a ** b,
}
/** What becomes of logits and probabilities. */
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
  core: Checker,
  e: Pick<BinaryExpression, 'operator' | 'span' | 'left' | 'right'>,
  left: Value,
  right: Value,
  scope: Scope,
): Value {
  const { operator, span } = e
  if (left.kind === 'poison' || right.kind === 'poison') return POISON
  if (left.kind === 'absent' || right.kind === 'absent') {
    // What is left out is the zero of a sum, and only that.
    if (operator === '+') return left.kind === 'absent' ? right : left
    const absent = left.kind === 'absent' ? left : right
    const at = left.kind === 'absent' ? e.left.span : e.right.span
    return absent.kind === 'absent' ? core.fail(absentError(absent, at), scope) : POISON
  }
  if (left.kind === 'unsized' || right.kind === 'unsized')
    return whenSized([left, right], ([a, b]) => (a && b ? binary(core, e, a, b, scope) : POISON))
  if (operator === '@') return apply(core, e, left, right, scope)
  if (
    isComparison(operator) &&
    left.kind === 'string' &&
    right.kind === 'string' &&
    (operator === '==' || operator === '!=')
  )
    return { kind: 'boolean', value: (left.value === right.value) === (operator === '==') }
  const a = numeric(left)
  const b = numeric(right)
  if (a !== undefined && b !== undefined) {
    if (isComparison(operator)) return { kind: 'boolean', value: comparisons[operator](a, b) }
    return finite(core, arithmetic[operator](a, b), span, scope, [left, right], divides(operator, b))
  }
  if (divides(operator, b)) return noResult(core, span, scope, [right], true)
  const x = operand(core, left, e.left.span, scope)
  const y = operand(core, right, e.right.span, scope)
  if (!x || !y) return POISON
  if (isComparison(operator)) {
    const axes = unionAxes(core, [x, y], operator, span, scope)
    if (!axes) return POISON
    return {
      kind: 'term',
      term: core.terms.make({ op: 'compare', name: operator }, [x, y], axes, span, { type: 'boolean' }),
    }
  }
  if (operator === '%') {
    unexpected(core, left.kind === 'term' ? left : right, span, scope, 'numbers for %')
    return POISON
  }
  return elementwise(core, operator, x, y, span, scope)
}

function divides(operator: BinaryOperator, divisor: number | undefined): boolean {
  return (operator === '/' || operator === '%') && divisor === 0
}

/** A number that arithmetic gives, unless it has none: sqrt(-1), log(0), 1 / 0. */
export function finite(
  core: Checker,
  value: number,
  span: Span,
  scope: Scope,
  operands: readonly Value[],
  byZero = false,
): Value {
  if (Number.isFinite(value)) return { kind: 'number', value, origin: span }
  return noResult(core, span, scope, operands, byZero)
}

function noResult(
  core: Checker,
  span: Span,
  scope: Scope,
  operands: readonly Value[],
  byZero: boolean,
): Value {
  const problem = byZero ? 'division by 0' : 'no finite number'
  const secondary = originsOf(operands, span)
  return core.fail(noNumber({ span, text: core.text(span), problem, secondary }), scope)
}

/** Makes something of values of which some wait for their classes: now where another of them has those, else as soon as they are known. */
function whenSized(values: readonly Value[], make: (values: readonly Value[]) => Value): Value {
  const terms = values.map((value) => (value.kind === 'term' ? value.term : undefined))
  const known = values.map((value) => sized(value, ...terms))
  if (known.every(({ kind }) => kind !== 'unsized')) return make(known)
  return {
    kind: 'unsized',
    make: (axis) => make(values.map((value) => (value.kind === 'unsized' ? value.make(axis) : value))),
  }
}

/** A tensor, or a number as one. */
export function operand(core: Checker, value: Value, span: Span, scope: Scope): Term | undefined {
  const number = numeric(value)
  if (number !== undefined) return core.terms.number(number, span)
  return termOf(core, value, span, scope, 'or a number')
}

export function elementwise(
  core: Checker,
  name: BinaryName,
  x: Term,
  y: Term,
  span: Span,
  scope: Scope,
): Value {
  const axes = unionAxes(core, [x, y], name, span, scope)
  if (!axes) return POISON
  const term = core.terms.binary(name, x, y, axes, span, distributions[name](x, y))
  const [learner, target] = x.operation.op === 'log_softmax' ? [x, y] : [y, x]
  if (name === '*' && learner.operation.op === 'log_softmax' && target.operation.op === 'softmax')
    core.comparisons.push({ term, learner, target, span, scope })
  return { kind: 'term', term }
}

export function negate(core: Checker, value: Value, span: Span, scope: Scope): Value {
  const number = numeric(value)
  if (number !== undefined) return { kind: 'number', value: -number, origin: span }
  if (value.kind === 'unsized')
    return whenSized([value], ([x]) => (x ? negate(core, x, span, scope) : POISON))
  return unary(core, 'negate', value, span, scope, (x) => ({
    type: numberType(x),
    distribution: ofNegative(x),
  }))
}

/** The type of whole numbers that stay whole, as a sign or a distance of ids. */
export function numberType(...terms: readonly Term[]): 'integer' | 'real' {
  return terms.every(({ type }) => type === 'integer') ? 'integer' : 'real'
}

/** `details`: what the result is beside real numbers of the axes of x. */
export function unary(
  core: Checker,
  name: UnaryName,
  value: Value,
  span: Span,
  scope: Scope,
  details?: (x: Term) => TermDetails,
): Value {
  const x = termOf(core, value, span, scope, `for ${name}`)
  return x ? { kind: 'term', term: core.terms.unary(name, x, span, details?.(x)) } : POISON
}

export function choose(
  core: Checker,
  e: IfExpression,
  test: Value,
  yes: Value,
  no: Value,
  scope: Scope,
): Value {
  if (test.kind === 'poison') return POISON
  if ([test, yes, no].some(({ kind }) => kind === 'unsized'))
    return whenSized([test, yes, no], ([c, a, b]) => (c && a && b ? choose(core, e, c, a, b, scope) : POISON))
  if (test.kind !== 'term' || test.term.type === 'real') {
    unexpected(core, test, e.condition.span, scope, 'a condition')
    return POISON
  }
  const x = operand(core, yes, e.then.span, scope)
  const y = operand(core, no, e.else.span, scope)
  if (!x || !y) return POISON
  const axes = unionAxes(core, [test.term, x, y], 'if', e.span, scope)
  if (!axes) return POISON
  const details: TermDetails = {
    type: numberType(x, y),
    distribution: ofChoice(test.term, x, y),
  }
  return { kind: 'term', term: core.terms.make({ op: 'select' }, [test.term, x, y], axes, e.span, details) }
}

/** The axes of an element-wise result; undefined after reporting two sizes of one axis, or two identities of classes. */
function unionAxes(
  core: Checker,
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
      const joined = joinAxes(core, earlier, axis, operation, span, scope)
      if (!joined) return undefined
      axes.set(axis.axis, joined)
    }
  }
  return [...axes.values()]
}

/** One axis seen from two sides. */
export function joinAxes(
  core: Checker,
  a: TermAxis,
  b: TermAxis,
  operation: string,
  span: Span,
  scope: Scope,
): TermAxis | undefined {
  if (!sameIdentity(core, a, b, span, scope)) return undefined
  if (a.size === b.size) return a.identity?.anonymous === false ? a : b.identity?.anonymous === false ? b : a
  const left = String(a.size)
  const right = String(b.size)
  core.report(
    axisOfTwoSizes({ span, operation, axis: a.axis, left, right, secondary: sizeOrigins([a, b]) }),
    scope,
  )
  return undefined
}

/** Two named vocabularies or label sets may not mix; a number of classes mixes with any of that size. */
export function sameIdentity(core: Checker, a: TermAxis, b: TermAxis, span: Span, scope: Scope): boolean {
  const [left, right] = [a.identity, b.identity]
  if (!left || !right) return true
  const differ = !left.anonymous && !right.anonymous && left.name !== right.name
  if (!differ && a.size === b.size) return true
  const secondary: Label[] = []
  if (left.origin) secondary.push({ span: left.origin, text: `${left.name}` })
  if (right.origin) secondary.push({ span: right.origin, text: `${right.name}` })
  const sized = (axis: TermAxis, name: string) =>
    a.size === b.size || name.startsWith(`${axis.size} `)
      ? name
      : `${name} (${axis.size.toLocaleString('en')})`
  core.report(
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

/** `a @ b`: a's one twin axis is contracted with b's plain axis of that kind. */
function apply(
  core: Checker,
  e: Pick<BinaryExpression, 'span' | 'left' | 'right'>,
  left: Value,
  right: Value,
  scope: Scope,
): Value {
  const { span } = e
  const a = termOf(core, left, e.left.span, scope, 'for @')
  const b = termOf(core, right, e.right.span, scope, 'for @')
  if (!a || !b) return POISON
  const wrong = (problem: string, secondary: readonly Label[] = []) =>
    core.fail(unfittingAxes({ span, operation: '@', problem, secondary }), scope)
  const twins = a.axes.filter(({ axis }) => axis.endsWith("'"))
  const twin = twins[0]
  if (!twin || twins.length > 1) return wrong(`the left side needs one twin axis, found ${shapeText(a)}`)
  const plain = plainOf(twin.axis)
  const other = plain && axisOf(b, plain)
  if (!other) return wrong(`no ${plain ?? twin.axis} on the right side ${shapeText(b)}`)
  if (other.size !== twin.size)
    return wrong(
      `${twin.axis} is ${twin.size} on the left, ${plain} ${other.size} on the right`,
      sizeOrigins([twin, other]),
    )
  const axes = new Map(a.axes.filter((axis) => axis !== twin).map((axis) => [axis.axis, axis]))
  for (const axis of b.axes) {
    if (axis === other) continue
    const earlier = axes.get(axis.axis)
    const joined = earlier ? joinAxes(core, earlier, axis, '@', span, scope) : axis
    if (!joined) return POISON
    axes.set(axis.axis, joined)
  }
  const live = liveMode(scope, twin.axis)
  const operation = { op: 'apply', twin: twin.axis, ...(live === undefined ? {} : { live }) } as const
  const distribution = ofAverage(a, b, twin.axis)
  return { kind: 'term', term: core.terms.make(operation, [a, b], axes.values(), span, { distribution }) }
}
