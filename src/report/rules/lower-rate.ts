/** A loss that jumps and does not fall: a lower rate. */

import { percent } from '../charts/words.ts'
import { noiseOf, trendOf } from '../gather/falling.ts'
import { mainStage, replaced, specNumber } from './edit.ts'
import type { Rule } from './rule.ts'

/** A mean change from one interval to the next, as a share of the loss. */
const noisy = 0.15

export const lowerRate: Rule = (findings) => {
  const own = mainStage(findings)
  const stage = findings.run.stages.find(({ name }) => name === own?.name)
  const noise = stage && noiseOf(stage)
  if (!own || !stage || noise === undefined || noise < noisy || trendOf(stage)?.falls) return undefined
  const text = replaced(
    findings,
    'stage',
    own.family?.name ?? own.name,
    /\brate = (linear\(|constant\()?(\d[\d.]*(?:e-?\d+)?)/,
    ([, schedule = '', rate]) => `rate = ${schedule}${specNumber(Number(rate) / 2)}`,
  )
  if (text === undefined) return undefined
  return {
    worth: 3,
    title: 'Halve the learning rate',
    why: `In the second half of stage \`${stage.name}\` the loss changes by ${percent(noise, 0)} from one logged interval to the next, and does not fall.`,
    text,
  }
}
