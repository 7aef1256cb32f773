/**
 * Warns if teacher and student are swapped: a stage trains the target of a loss, and the model that should
 * learn from it is frozen. This applies where the order matters: in `kl` and `cross_entropy`, inside any
 * function, and in products of probabilities and log-probabilities.
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
