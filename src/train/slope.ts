/**
 * The derivative of a stage's total by one of its losses, if the total is more than a weighted sum:
 * `max(a, b)`, `a * b`.
 */
import type { BinaryName, Term } from '../check/tensor-term.ts'
import { isWeight } from '../check/term-reads.ts'
import { comparisons, evaluateScalar, type Moment } from './schedule.ts'

/** A value and its derivative. */
interface Dual {
  readonly value: number
  readonly slope: number
}

const arithmetic: ReadonlySet<string> = new Set(['binary', 'unary', 'select', 'compare'])

/**
 * @param values of all losses
 * @returns undefined if the loss passes through an operation that is no arithmetic of numbers
 */
export function slopeOf(
  total: Term,
  loss: Term,
  values: ReadonlyMap<Term, number>,
  moment: Moment,
): number | undefined {
  const dual = (term: Term | undefined): Dual | undefined => {
    if (!term) return undefined
    const known = values.get(term)
    if (known !== undefined) return { value: known, slope: term === loss ? 1 : 0 }
    if (isWeight(term)) return { value: evaluateScalar(term, moment), slope: 0 }
    const { operation, inputs, axes } = term
    // A tensor, so no arithmetic of losses.
    if (axes.length > 0 || !arithmetic.has(operation.op)) return undefined
    const [a, b, c] = [dual(inputs[0]), dual(inputs[1]), dual(inputs[2])]
    switch (operation.op) {
      case 'binary':
        return a && b && combined(operation.name, a, b)
      case 'unary':
        if (operation.name === 'stop_gradient') return a && { value: a.value, slope: 0 }
        return operation.name === 'negate' && a ? { value: -a.value, slope: -a.slope } : undefined
      case 'select':
        return a && (a.value === 0 ? c : b)
      case 'compare':
        return a && b && { value: comparisons[operation.name](a.value, b.value) ? 1 : 0, slope: 0 }
      default:
        return undefined
    }
  }
  return dual(total)?.slope
}

function combined(name: BinaryName, a: Dual, b: Dual): Dual {
  switch (name) {
    case '+':
      return { value: a.value + b.value, slope: a.slope + b.slope }
    case '-':
      return { value: a.value - b.value, slope: a.slope - b.slope }
    case '*':
      return { value: a.value * b.value, slope: a.slope * b.value + a.value * b.slope }
    case '/':
      return { value: a.value / b.value, slope: (a.slope * b.value - a.value * b.slope) / b.value ** 2 }
    case '^': {
      const value = a.value ** b.value
      const byBase = a.slope === 0 ? 0 : a.slope * b.value * a.value ** (b.value - 1)
      const byExponent = b.slope === 0 ? 0 : b.slope * value * Math.log(a.value)
      return { value, slope: byBase + byExponent }
    }
    case 'min':
      return a.value <= b.value ? a : b
    case 'max':
      return a.value >= b.value ? a : b
  }
}
