/**
 * Which loss primitives each term of a stage is a weighted sum of. Every primitive is a sum times a
 * normaliser, which is an input of the step; so with the normalisers of all other terms at 0 the step itself
 * gives the gradient of one term, and no further graph is needed for it.
 */
import type { Stage } from '../check/program.ts'
import type { Term } from '../check/tensor-term.ts'
import { isWeight, reachable } from '../check/term-reads.ts'

/**
 * The term that each primitive of a stage belongs to, by its name; undefined where that says nothing about
 * gradients: where what is minimized is more than a weighted sum of primitives, two terms share one, or there
 * is one term only.
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
  // one that stands inside another enters more than once
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
