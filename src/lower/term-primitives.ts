/**
 * The loss primitives whose weighted sum is a term of a stage. Every primitive is a sum times a normaliser,
 * which is an input of the step. With the normalisers of all other terms at 0, the step itself computes the
 * gradient of one term, without a further graph.
 */
import type { Stage } from '../check/program.ts'
import type { Term } from '../check/tensor-term.ts'
import { isWeight, reachable } from '../check/term-reads.ts'

/**
 * The term of each primitive of a stage, by name. Undefined if this does not determine gradients: the total
 * is more than a weighted sum of primitives, two terms share one, or there is only one term.
 */
export function termOfPrimitives({ terms, minimize }: Stage): ReadonlyMap<Term, string> | undefined {
  if (terms.length < 2) return undefined
  const owners = new Map<Term, string>()
  for (const { name, term } of terms) {
    const own = summedPrimitives(term)
    if (own === undefined) return undefined
    for (const primitive of own) {
      if (owners.has(primitive)) return undefined
      owners.set(primitive, name)
    }
  }
  const all = summedPrimitives(minimize)
  if (all === undefined || [...all].some((primitive) => !owners.has(primitive))) return undefined
  // one inside another enters more than once
  const inside = reachable(...[...owners.keys()].flatMap(({ inputs }) => inputs))
  return inside.some(({ operation }) => operation.op === 'reduction') ? undefined : owners
}

/** The primitives of a weighted sum; undefined where the term is more than that. */
function summedPrimitives(root: Term): ReadonlySet<Term> | undefined {
  const found = new Set<Term>()
  const isSum = (term: Term): boolean => {
    const { operation, inputs } = term
    const [a, b] = inputs
    if (isWeight(term)) return true
    if (operation.op === 'reduction') {
      found.add(term)
      return true
    }
    if (operation.op === 'unary') return operation.name === 'negate' && inputs.every(isSum)
    if (operation.op !== 'binary' || a === undefined || b === undefined) return false
    switch (operation.name) {
      case '+':
      case '-':
        return isSum(a) && isSum(b)
      case '*':
        return isWeight(a) ? isSum(b) : isWeight(b) && isSum(a)
      case '/':
        return isWeight(b) && isSum(a)
      default:
        return false
    }
  }
  return isSum(root) ? found : undefined
}
