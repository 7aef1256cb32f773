/**
 * Classes that the teacher knows and the student lost: a last, short stage with the labels themselves. Soft
 * targets have little of a rare class; its own labels have all of it.
 */
import { headOutputs } from '../../check/head-outputs.ts'
import { percent } from '../charts/words.ts'
import { lostClasses, mainAnswers, mainModels } from '../gather/findings.ts'
import { plain } from '../gather/values.ts'
import { mean } from '../statistics.ts'
import { mainStage, minimized, specNumber, specText } from './edit.ts'
import type { Rule } from './rule.ts'

/** Share of the labels' loss. */
const labels = 0.3

export const rareClasses: Rule = (findings) => {
  const lost = lostClasses(findings)
  const found = mainAnswers(findings)
  const stage = mainStage(findings)
  const { facts } = findings
  const { model } = mainModels(findings)
  const instance = facts.program.instances.get(model?.name ?? '')
  if (lost.length === 0 || found?.all.unit !== 'texts' || !stage?.optimizer || !instance || !model?.data)
    return undefined
  // a student that has seen the labels lost them for another reason
  if (stage.targets.has('label')) return undefined
  const { rate } = stage.optimizer.settings
  const head = headOutputs(instance).find(({ kind }) => kind === 'class')
  const loss = stage.family ? undefined : minimized(findings, stage.name)
  if (!head || rate.kind === 'expression' || loss === undefined) return undefined
  const name = facts.program.stages.some((one) => one.name === 'finish') ? 'finish_on_labels' : 'finish'
  const text = `${specText(findings).trimEnd()}
stage ${name} after ${stage.name} {
  minimize ${1 - labels} * ${/^\w+$/.test(loss) ? loss : `(${loss})`} + ${labels} * cross_entropy(${instance.name}.${head.path}, batch.label)
  data = ${model.data}, budget = 1 epochs, batch = ${stage.batch}
  optimizer = ${stage.optimizer.kind}(rate = linear(${specNumber(rate.rate / 4)}, warmup = 10%))
  evaluate = [accuracy]
}
`
  const shown = lost
    .slice(0, 3)
    .map(({ label, teacher, student }) => `${plain(label)} ${percent(teacher, 0)} to ${percent(student, 0)}`)
  const fall = mean(lost.map(({ teacher, student }) => teacher - student))
  return {
    worth: (100 * fall * lost.length * 0.5) / Math.max(1, found.all.labels.length),
    title: 'Win back the classes that were lost',
    why: `${shown.join(', ')}. ${instance.name} sees no label in stage \`${stage.name}\`; a last, short stage with some of the labels\u2019 own loss teaches it these classes.`,
    text,
  }
}
