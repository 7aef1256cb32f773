/**
 * Warns if teacher and student are swapped: a stage trains the target of a loss, and the model that should
 * learn from it is frozen. This applies where the order matters: in `kl` and `cross_entropy`, inside any
 * function, and in products of probabilities and log-probabilities.
 */
import { studentAsTarget } from '../../diagnostics/messages/losses.ts'
import { passesGradient } from '../minimize.ts'
import { parameterKey } from '../program.ts'
import type { Term } from '../tensor-term.ts'
import { ownersIn, reachable } from '../term-reads.ts'
import type { Rule } from './rule.ts'

export const swappedLosses: Rule = ({ checker, stages }, reporter) => {
  if (checker.comparisons.length === 0) return
  for (const { name: stage, loss, training } of stages) {
    if (loss === undefined || training === undefined) continue
    const read = new Set(loss.below)
    const inStage = checker.comparisons.filter(({ term }) => read.has(term))
    if (inStage.length === 0) continue
    const moving = movedBy(loss.below, new Set(training.trained))
    for (const { learner, target, span, scope } of inStage) {
      if (moving.has(learner) || !moving.has(target)) continue
      const [frozen] = ownersIn(reachable(learner))
      const [moved] = ownersIn(reachable(target))
      // The warning about a trained teacher belongs to its `train` line.
      if (frozen === undefined || moved === undefined || checker.instance(moved)?.role === 'teacher') continue
      reporter.report(studentAsTarget({ span, learner: frozen, target: moved, stage }), scope)
    }
  }
}

/** Those of these terms, each behind its inputs, that have a gradient for a trained parameter. */
function movedBy(terms: readonly Term[], trained: ReadonlySet<string>): ReadonlySet<Term> {
  const moving = new Set<Term>()
  for (const term of terms) {
    const { operation, inputs } = term
    const moves =
      operation.op === 'parameter'
        ? trained.has(parameterKey(operation.parameter))
        : passesGradient(term) && inputs.some((input) => input.type === 'real' && moving.has(input))
    if (moves) moving.add(term)
  }
  return moving
}
