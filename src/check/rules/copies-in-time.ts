/** A copy of a model, `teacher G = S after STAGE`, must exist before a stage reads it. */
import { copyUsedTooEarly } from '../../diagnostics/messages/stages.ts'
import type { Rule } from './rule.ts'

export const copiesInTime: Rule = ({ stages }, reporter) => {
  for (const { name, loss, standsBehind } of stages) {
    for (const { name: instance, copyOf } of loss?.instances ?? []) {
      if (loss === undefined || copyOf === undefined || standsBehind(copyOf.stage)) continue
      const { stage: copyStage, span: copySpan } = copyOf
      reporter.report(copyUsedTooEarly({ span: loss.span, instance, copyStage, stage: name, copySpan }))
    }
  }
}
