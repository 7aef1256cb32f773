/** Products in int8 have no gradient, so a stage cannot train a model in int8. */
import { trainedInInt8 } from '../../diagnostics/messages/training.ts'
import { int8Setting } from '../instance-settings.ts'
import type { Rule } from './rule.ts'

export const int8: Rule = ({ checker, stages }, reporter) => {
  for (const { name: stage, loss, training } of stages) {
    for (const owner of training?.owners ?? []) {
      const instance = checker.instance(owner)
      const setting = instance && int8Setting(instance)
      if (loss && instance && setting)
        reporter.report(trainedInInt8({ span: loss.span, stage, instance: instance.name, setting }))
    }
  }
}
