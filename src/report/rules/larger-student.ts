/** A student that is no better than alone, and far from its teacher: it is too small for more. */

import { percent } from '../charts/words.ts'
import { mainModels, pairOf, scoreOf } from '../gather/findings.ts'
import { probability } from '../gather/values.ts'
import { metricText } from '../gather/verdict-text.ts'
import { replaced } from './edit.ts'
import type { Rule } from './rule.ts'

/** Points by which it must lag. */
const far = 0.03

export const largerStudent: Rule = (findings) => {
  const { model, teacher, alone } = mainModels(findings)
  const [own, taught, other] = [model, teacher, alone].map((one) => scoreOf(findings, one))
  const { metric } = findings.run
  if (!model || !teacher || !alone || own === undefined || taught === undefined || other === undefined)
    return undefined
  if (!metric?.share || !metric.higher_is_better || taught - own < far) return undefined
  const pair = pairOf(findings, model.name, alone.name)
  if (!pair || pair.p <= 0.05) return undefined
  const instance = findings.facts.program.instances.get(model.name)
  const text =
    instance &&
    replaced(
      findings,
      'model',
      instance.model,
      /\blayers = (\d+)/,
      ([, layers]) => `layers = ${2 * Number(layers)}`,
    )
  if (text === undefined) return undefined
  return {
    worth: 50 * (taught - own),
    title: `Give ${model.name} more layers`,
    why: `With a teacher (${metricText(findings, own)}) and without one (${alone.name}, ${metricText(findings, other)}) it comes to the same (${probability(pair.p)}), ${percent(taught - own)} below ${teacher.name}. It lacks room, not teaching.`,
    text,
  }
}
