/**
 * A model that has been trained answers outside of training, where there is no progress and there are no
 * labels. So the answers of its heads read neither.
 */
import { answerInTraining } from '../../diagnostics/messages/models.ts'
import { answerPaths, headOutputs } from '../head-outputs.ts'
import { isComplete } from '../instance-settings.ts'
import type { Term } from '../tensor-term.ts'
import { reachable } from '../term-reads.ts'
import type { Rule } from './rule.ts'

export const answersWithoutTraining: Rule = ({ checker, instances }, reporter) => {
  for (const instance of instances) {
    const own = checker.instance(instance.name)
    if (instance.copyOf || !isComplete(own)) continue
    for (const output of headOutputs(instance)) {
      const taps = answerPaths(output).flatMap((path) => instance.taps.get(path) ?? [])
      const wrong = reachable(...taps).find((term) => trainingName(term) !== undefined)
      const name = wrong && trainingName(wrong)
      if (name === undefined) continue
      reporter.report(
        answerInTraining({
          span: wrong?.span ?? instance.span,
          name,
          model: instance.name,
          tap: output.path,
        }),
      )
    }
  }
}

/** `progress` or `batch.label`, where a term is that. */
function trainingName({ operation }: Term): string | undefined {
  if (operation.op === 'schedule') return operation.name
  return operation.op === 'input' && operation.name.startsWith('batch.') ? operation.name : undefined
}
