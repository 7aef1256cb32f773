/** A clip that nearly every step reaches decides the length of the update alone: a larger one. */

import { percent } from '../charts/words.ts'
import { quantile } from '../statistics.ts'
import { mainStage, replaced, specNumber } from './edit.ts'
import type { Rule } from './rule.ts'

const nearlyAll = 0.9

export const raiseClip: Rule = (findings) => {
  const own = mainStage(findings)
  const stage = findings.run.stages.find(({ name }) => name === own?.name)
  if (!own || stage?.clip === undefined) return undefined
  const { clip, name } = stage
  const shares = stage.rows.flatMap(({ clipped }) => clipped ?? [])
  const norms = stage.rows.flatMap(({ norm }) => norm ?? []).sort((a, b) => a - b)
  const share = shares.reduce((sum, one) => sum + one, 0) / shares.length
  if (!(share >= nearlyAll) || norms.length === 0) return undefined
  const [middle, high] = [quantile(norms, 0.5), quantile(norms, 0.95)]
  const raised = Number(specNumber(1.2 * high))
  if (raised <= 1.5 * clip) return undefined
  const text = replaced(
    findings,
    'stage',
    own.family?.name ?? name,
    /\bclip = [\d.e+-]+/,
    () => `clip = ${specNumber(raised)}`,
  )
  if (text === undefined) return undefined
  return {
    worth: 1.5,
    title: 'Raise the clip above what is usual',
    why: `In stage \`${name}\` ${percent(share, 0)} of the steps are clipped at ${clip}. Half of the logged gradients are longer than ${middle.toPrecision(2)}, one in twenty longer than ${high.toPrecision(2)}. A clip is for the rare ones.`,
    text,
  }
}
