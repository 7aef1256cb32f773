/**
 * Whether a tensor is logits, probabilities, their logarithms, or neither. The rule of each operation is
 * below. An operation without a rule gives neither. `kl`, `cross_entropy`, `softmax` and the library's losses
 * declare which of them they take (builtins/forms.ts).
 */
import type { AxisName, Distribution, Term, Total } from './tensor-term.ts'
import { isWeight } from './term-reads.ts'

type Known = Distribution | undefined

const one: Total = { constant: 1, weights: new Map() }

export function probabilities(over: AxisName): Distribution {
  return { form: 'probabilities', over, total: one }
}

/** Whether these are probabilities that sum to 1. Rounding is ignored: 0.1 + 0.2 + 0.7 counts as 1. */
export function sumsToOne({ form, total }: Distribution): boolean {
  return form === 'probabilities' && total !== undefined && close(total, one)
}

// ---------------------------------------------------------------- arithmetic

/**
 * x + y. A weighted sum of probabilities is probabilities if the weights sum to 1. Logits plus a mask or bias
 * are logits.
 */
export function ofSum(x: Term, y: Term): Known {
  const [a, b] = [x.distribution, y.distribution]
  if (!isProbable(a) && !isProbable(b)) return shifted(a, b)
  if (!isProbable(a) || !isProbable(b) || a.over !== b.over) return undefined
  return scaled(a, a.total && b.total && plus(a.total, b.total, 1))
}

export function ofDifference({ distribution: a }: Term, { distribution: b }: Term): Known {
  return isProbable(a) || isProbable(b) ? undefined : shifted(a, b)
}

/** x * y. Probabilities keep their proportions if the factor has no axis of the classes. */
export function ofProduct(x: Term, y: Term): Known {
  if (x.distribution && y.distribution) return undefined
  const [distribution, factor] = x.distribution ? [x.distribution, y] : [y.distribution, x]
  if (!distribution) return undefined
  if (distribution.form !== 'probabilities') return logits(distribution)
  if (has(factor, distribution.over)) return undefined
  const by = isWeight(factor) ? linearForm(factor) : undefined
  return scaled(distribution, by && distribution.total && product(distribution.total, by))
}

/** x / y. x / sum(x, over = class) is probabilities if x is not negative. */
export function ofQuotient(x: Term, y: Term): Known {
  const over = sumOfWhat(y, x)
  if (over) return probabilities(over)
  const { distribution } = x
  if (!distribution || y.distribution) return undefined
  if (distribution.form !== 'probabilities') return logits(distribution)
  if (has(y, distribution.over)) return undefined
  const by = isWeight(y) ? linearForm(y) : undefined
  const divisible = by && by.weights.size === 0 && distribution.total
  return scaled(distribution, divisible ? times(divisible, 1 / by.constant) : undefined)
}

/** Element-wise maximum or minimum. Clipped logits are logits. */
export function ofExtreme({ distribution: a }: Term, { distribution: b }: Term): Known {
  return isProbable(a) || isProbable(b) ? undefined : shifted(a, b)
}

/** if condition then x else y */
export function ofChoice(condition: Term, x: Term, y: Term): Known {
  const [a, b] = [x.distribution, y.distribution]
  if (!isProbable(a) && !isProbable(b)) return shifted(a, b)
  const [known, other] = isProbable(a) ? [a, y] : [b, x]
  if (!known || has(condition, known.over)) return undefined
  if (!a || !b) return has(other, known.over) ? undefined : scaled(known, undefined)
  if (a.form !== b.form || a.over !== b.over) return undefined
  return scaled(a, a.total && b.total && close(a.total, b.total) ? a.total : undefined)
}

export function ofNegative({ distribution }: Term): Known {
  return distribution?.form === 'probabilities' ? undefined : distribution && logits(distribution)
}

export function ofExponential({ distribution }: Term): Known {
  return distribution?.form === 'log-probabilities' ? probabilities(distribution.over) : undefined
}

/** Logarithms of probabilities are logits, whatever the probabilities sum to. */
export function ofLogarithm({ distribution }: Term): Known {
  if (distribution?.form !== 'probabilities') return undefined
  const { over } = distribution
  return { form: sumsToOne(distribution) ? 'log-probabilities' : 'logits', over }
}

// ---------------------------------------------------------------- axes

/** A reduced axis: the mean of probabilities over an ensemble, heads or tokens is probabilities. */
export function ofReduction(
  x: Term,
  over: AxisName,
  how: 'sum' | 'mean' | 'variance' | 'min' | 'max',
): Known {
  const { distribution } = x
  if (!distribution || distribution.over === over || how === 'variance') return undefined
  if (distribution.form !== 'probabilities') return logits(distribution)
  if (how === 'mean') return distribution
  if (how !== 'sum') return undefined
  const size = x.axes.find(({ axis }) => axis === over)?.size
  const { total } = distribution
  return scaled(distribution, total && typeof size === 'number' ? times(total, size) : undefined)
}

/** One entry of an axis, which the result no longer has. */
export function ofEntry({ distribution }: Term, axis: AxisName): Known {
  return distribution?.over === axis ? undefined : distribution
}

export function ofRenamed({ distribution }: Term, from: AxisName, to: AxisName): Known {
  return distribution?.over === from ? { ...distribution, over: to } : distribution
}

/** Values moved along an axis; zeros fill the gap. */
export function ofMoved({ distribution }: Term, axis: AxisName): Known {
  if (!distribution || distribution.over === axis) return undefined
  return isProbable(distribution) ? scaled(distribution, undefined) : logits(distribution)
}

/**
 * Some entries set to 0 and the others scaled. Probabilities after dropout are neither probabilities nor
 * logits.
 */
export function ofDropped({ distribution }: Term): Known {
  if (!distribution) return undefined
  return isProbable(distribution) ? scaled(distribution, undefined) : logits(distribution)
}

/** Tensors concatenated along an axis. */
export function ofJoined(terms: readonly Term[], axis: AxisName): Known {
  const [first, ...others] = terms.map(({ distribution }) => distribution)
  if (!first || first.over === axis) return undefined
  const alike = others.every((other) => other?.form === first.form && other.over === first.over)
  if (!alike) return undefined
  return [first, ...others].every((other) => other && sumsToOne(other)) ? first : scaledForm(first)
}

/** Scaled to length 1: all entries of an axis are multiplied by one positive factor. */
export function ofNormalized({ distribution }: Term, over: AxisName): Known {
  if (distribution?.form !== 'probabilities') return distribution && logits(distribution)
  return distribution.over === over ? scaled(distribution, undefined) : undefined
}

/** p @ q: rows of q, averaged by probabilities p. */
export function ofAverage(a: Term, b: Term, contracted: AxisName): Known {
  const [weights, rows] = [a.distribution, b.distribution]
  if (weights?.over !== contracted || !sumsToOne(weights)) return undefined
  return rows?.form === 'probabilities' ? rows : undefined
}

// ---------------------------------------------------------------- parts

function isProbable(distribution: Known): distribution is Distribution {
  return distribution?.form === 'probabilities'
}

function logits({ over }: Distribution): Distribution {
  return { form: 'logits', over }
}

/** The same form, without its sum. */
function scaledForm(distribution: Distribution): Distribution {
  return isProbable(distribution) ? scaled(distribution, undefined) : distribution
}

function scaled({ over }: Distribution, total: Total | undefined): Distribution {
  return { form: 'probabilities', over, ...(total ? { total } : {}) }
}

/** Logits plus a value that is no distribution, or plus logits over the same axis. */
function shifted(a: Known, b: Known): Known {
  const known = a ?? b
  return known && (a === undefined || b === undefined || a.over === b.over) ? logits(known) : undefined
}

function has(term: Term, over: AxisName): boolean {
  return term.axes.some(({ axis }) => axis === over)
}

/** The axis over which `y` is the sum of `x`. A lower limit, `max(y, 1e-9)`, is ignored. */
function sumOfWhat(y: Term, x: Term): AxisName | undefined {
  const { operation, inputs } = y
  if (operation.op === 'reduce')
    return operation.how === 'sum' && inputs[0] === x ? operation.over : undefined
  if (operation.op !== 'binary' || operation.name !== 'max') return undefined
  const [a, b] = inputs
  const sum = a?.operation.op === 'number' ? b : b?.operation.op === 'number' ? a : undefined
  return sum && sumOfWhat(sum, x)
}

// ---------------------------------------------------------------- totals

/** A weight as a number and multiples of weights that vary: 1 - progress is { 1, progress: -1 }. */
function linearForm(term: Term, known = new Map<Term, Total>()): Total {
  const found = known.get(term)
  if (found) return found
  const made = makeLinearForm(term, known)
  known.set(term, made)
  return made
}

function makeLinearForm({ id, operation, inputs }: Term, known: Map<Term, Total>): Total {
  const [a, b] = inputs
  const atom: Total = { constant: 0, weights: new Map([[id, 1]]) }
  if (operation.op === 'number') return { constant: operation.value, weights: new Map() }
  if (operation.op !== 'binary' || !a || !b) return atom
  const [x, y] = [linearForm(a, known), linearForm(b, known)]
  switch (operation.name) {
    case '+':
      return plus(x, y, 1)
    case '-':
      return plus(x, y, -1)
    case '*':
      return product(x, y) ?? atom
    case '/':
      return y.weights.size === 0 ? times(x, 1 / y.constant) : atom
    default:
      return atom
  }
}

function plus(x: Total, y: Total, sign: 1 | -1): Total {
  const weights = new Map(x.weights)
  for (const [id, factor] of y.weights) weights.set(id, (weights.get(id) ?? 0) + sign * factor)
  return { constant: x.constant + sign * y.constant, weights }
}

function times(x: Total, factor: number): Total {
  const weights = new Map([...x.weights].map(([id, own]) => [id, own * factor]))
  return { constant: x.constant * factor, weights }
}

/** Undefined where neither is a number. */
function product(x: Total, y: Total): Total | undefined {
  if (y.weights.size === 0) return times(x, y.constant)
  return x.weights.size === 0 ? times(y, x.constant) : undefined
}

function close(x: Total, y: Total): boolean {
  const { constant, weights } = plus(x, y, -1)
  return [constant, ...weights.values()].every((difference) => Math.abs(difference) < 1e-6)
}
