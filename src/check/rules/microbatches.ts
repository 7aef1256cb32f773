/** Micro-batches must divide the batch. */
import { microbatchesDoNotFill } from '../../diagnostics/messages/training.ts'
import type { Rule } from './rule.ts'

export const microbatches: Rule = ({ stages }, reporter) => {
  for (const { settings } of stages) {
    const { batch, batchSpan, microbatch, microbatchSpan: span } = settings
    if (microbatch === undefined || span === undefined || batch % microbatch === 0) continue
    reporter.report(microbatchesDoNotFill({ span, microbatch, batch, batchSpan: batchSpan ?? span }))
  }
}
