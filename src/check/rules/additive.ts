/** With micro-batches, the loss of a batch must be the sum over its parts. */
import { lossNotAdditive } from '../../diagnostics/messages/training.ts'
import { notAdditive } from '../minimize.ts'
import type { Rule } from './rule.ts'

export const additive: Rule = ({ stages }, reporter) => {
  for (const { name, loss, settings } of stages) {
    const { batch, microbatch, microbatchSpan } = settings
    if (
      loss === undefined ||
      microbatchSpan === undefined ||
      microbatch === undefined ||
      microbatch === batch
    )
      continue
    const why = notAdditive(loss.term)
    if (why !== undefined)
      reporter.report(lossNotAdditive({ span: loss.span, stage: name, why, microbatch: microbatchSpan }))
  }
}
