/**
 * A stage with data says how long it trains, and with what, and its data has texts to train on. A setting
 * that needs another setting has it.
 */
import { missingStageSetting, stageNotTrainable } from '../../diagnostics/messages/stages.ts'
import type { Rule } from './rule.ts'

export const completeStages: Rule = ({ stages }, reporter) => {
  for (const { name: stage, span, says, settings, data } of stages) {
    const wants = (missing: string, because: string): void => {
      if (!says(missing)) reporter.report(missingStageSetting({ span, stage, missing, because }))
    }
    const best = settings.keep.keep?.best
    if (settings.keep.patience !== undefined && best === undefined) {
      const because = 'patience counts evaluations without a better metric: keep = best(accuracy)'
      // `keep = last(3)` has no metric.
      if (settings.keep.keep || !says('keep'))
        reporter.report(missingStageSetting({ span, stage, missing: 'keep', because }))
    }
    if (settings.normalise === 'microbatch')
      wants('microbatch', 'normalise = microbatch takes the mean of means of micro-batches: microbatch = 8')
    if (!says('data')) continue
    if (data && data.train === undefined && stages.find((other) => other.data === data)?.name === stage)
      reporter.report(stageNotTrainable({ stage, lacks: [`training file in ${data.name}`], span }))
    wants('budget', 'budget = 3 epochs, or 10_000 steps')
    if (!says('continue')) wants('optimizer', 'optimizer = adamw(rate = linear(5e-5, warmup = 10%))')
  }
}
