/**
 * Facts about a term and all terms below it. They are computed when the term is made, from those of its
 * inputs.
 */
import type { Term, TermAxis, TermFacts, TermOperation } from './tensor-term.ts'

export function termFacts(
  operation: TermOperation,
  inputs: readonly Term[],
  axes: readonly TermAxis[],
): TermFacts {
  const { op } = operation
  const arithmetic = op === 'unary' || op === 'binary' || op === 'compare' || op === 'select'
  const some = (fact: keyof TermFacts) => inputs.some(({ facts }) => facts[fact])
  const pairs = axes.some(({ axis }) => axis === "example'" || axis === "example''")
  const overExamples = 'over' in operation && operation.over === 'example'
  return {
    weight:
      op === 'number' ||
      op === 'schedule' ||
      (arithmetic && axes.length === 0 && inputs.every(({ facts }) => facts.weight)),
    readsSchedule: op === 'schedule' || some('readsSchedule'),
    reduced: op === 'reduction' || some('reduced'),
    crossesExamples: pairs || overExamples || some('crossesExamples'),
  }
}
