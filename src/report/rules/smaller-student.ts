/** A student that its teacher cannot beat: a smaller one may do. */
import { mainModels, pairOf, scoreOf } from '../gather/findings.ts'
import { probability } from '../gather/values.ts'
import { metricText } from '../gather/verdict-text.ts'
import { replaced } from './edit.ts'
import type { Rule } from './rule.ts'

export const smallerStudent: Rule = (findings) => {
  const { model, teacher } = mainModels(findings)
  const [own, taught] = [scoreOf(findings, model), scoreOf(findings, teacher)]
  const pair = pairOf(findings, model?.name, teacher?.name)
  if (!model || !teacher || own === undefined || taught === undefined || !pair) return undefined
  const isWorse = pair.only_b > pair.only_a && pair.p <= 0.05
  if (isWorse || model.parameters >= teacher.parameters) return undefined
  const instance = findings.facts.program.instances.get(model.name)
  if (!instance) return undefined
  const name = (instance.layers ?? 1) > 1 ? 'layers' : 'hidden_size'
  const text = replaced(
    findings,
    'model',
    instance.model,
    new RegExp(`\\b${name} = (\\d+)`),
    ([, value]) => `${name} = ${Math.ceil(Number(value) / 2)}`,
  )
  if (text === undefined) return undefined
  return {
    worth: 2,
    title: `Try a smaller ${model.name}`,
    why: `It is as good as ${teacher.name} (${metricText(findings, own)} and ${metricText(findings, taught)}, ${probability(pair.p)}), so it may have room to spare.`,
    text,
  }
}
