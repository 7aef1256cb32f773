/**
 * Teacher and student swapped: a stage trains what a loss takes as its target, and what is to learn from it is frozen. Found where the order matters,
 * in `kl` and `cross_entropy` (in whatever function they stand) and in products of probabilities and log-probabilities.
 */
import { studentAsTarget } from '../../diagnostics/messages/losses.ts'
import { ownersIn, passesGradient } from '../minimize.ts'
import { parameterKey } from '../program.ts'
import type { Term } from '../tensor-term.ts'
import { reachable } from '../term-reads.ts'
import type { Rule } from './rule.ts'

export const swappedLosses: Rule = ({ checker, stages }, reporter) => {
  if (checker.comparisons.length === 0) return
  for (const { name: stage, loss, training } of stages) {
    if (loss === undefined || training === undefined) continue
    const read = reachable(loss.term)
    const inStage = new Set(read)
    const moving = movedBy(read, new Set(training.trained))
    for (const { term, learner, target, span, scope } of checker.comparisons) {
      if (!inStage.has(term) || moving.has(learner) || !moving.has(target)) continue
      const [frozen] = ownersIn(learner)
      const [moved] = ownersIn(target)
      // That a teacher is trained at all is the warning of its `train` line.
      if (frozen === undefined || moved === undefined || checker.instance(moved)?.role === 'teacher') continue
      reporter.report(studentAsTarget({ span, learner: frozen, target: moved, stage }), scope)
    }
  }
}

/** The terms among these, each behind its inputs, that have a gradient for something trained. */
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
