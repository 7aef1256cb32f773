/** A stage trains at least one parameter. */
import { nothingTrained } from '../../diagnostics/messages/stages.ts'
import type { StageLoss, StageTraining } from '../stage-parts.ts'
import type { CheckedSpec, Rule } from './rule.ts'

export const trainsSomething: Rule = (spec, reporter) => {
  for (const { name: stage, loss, training } of spec.stages) {
    if (loss === undefined || training === undefined || training.trained.length > 0) continue
    const [why, help] = reasonOf(spec, loss, training)
    reporter.report(nothingTrained({ span: loss.span, stage, why, help }))
  }
}

function reasonOf(
  { instances }: CheckedSpec,
  { owners }: StageLoss,
  { unreached, freezes, selections }: StageTraining,
): readonly [why: string, help: string] {
  if (unreached.length > 0)
    return ['its loss has no gradient for what it trains', 'train what the loss depends on']
  if (freezes) return ['all that it could train is frozen', 'freeze less']
  if (selections) return ['what it names has no parameters here', 'name other parameters in `train`']
  const readsStudent = instances.some(
    ({ name, role, copyOf }) => role === 'student' && !copyOf && owners.has(name),
  )
  return readsStudent
    ? ['its loss has no gradient for a student', 'is everything behind constant(...)?']
    : ['its loss reads no student', 'declare what it trains as a `student`']
}
