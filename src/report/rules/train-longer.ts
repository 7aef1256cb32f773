/** A loss that still falls at the end: more steps. */

import { percent } from '../charts/words.ts'
import { commandOf } from '../gather/again.ts'
import { trendOf } from '../gather/falling.ts'
import { mainStage, replaced, specNumber } from './edit.ts'
import type { Rule } from './rule.ts'

export const trainLonger: Rule = (findings) => {
  const own = mainStage(findings)
  const stage = findings.run.stages.find(({ name }) => name === own?.name)
  const trend = stage && trendOf(stage)
  if (!own?.budget || !stage || !trend?.falls || stage.stopped_early) return undefined
  const { config } = findings.facts
  const advice = {
    worth: Math.min(8, 100 * trend.drop),
    title: 'Train longer',
    why: `The loss of stage \`${stage.name}\` still fell by ${percent(trend.drop)} between the last two sevenths of its ${stage.steps.toLocaleString('en-US')} steps.`,
  }
  if (config.maxSteps !== undefined && stage.steps >= config.maxSteps) {
    const { maxSteps: _, ...longer } = config
    return { ...advice, why: `${advice.why} \`--max-steps\` ended it.`, command: commandOf(longer) }
  }
  const text = replaced(
    findings,
    'stage',
    own.family?.name ?? own.name,
    /\bbudget = ([\d_.]+) (epochs?|steps?)/,
    ([, amount = '', unit]) =>
      `budget = ${specNumber(2 * Number(amount.replaceAll('_', '')))} ${unit?.replace(/s?$/, 's')}`,
  )
  return text === undefined ? undefined : { ...advice, text }
}
