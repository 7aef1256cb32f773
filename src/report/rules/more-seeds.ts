/** One seed: how much of a difference is chance is not known. */
import { commandOf } from '../gather/again.ts'
import { mainModels, pairOf } from '../gather/findings.ts'
import { probability } from '../gather/values.ts'
import type { Rule } from './rule.ts'

export const moreSeeds: Rule = (findings) => {
  const { model, alone } = mainModels(findings)
  const { run, facts } = findings
  if (!run.metric || !model) return undefined
  const pair = pairOf(findings, model.name, alone?.name)
  const unsure = pair !== undefined && pair.p > 0.01
  return {
    worth: unsure ? 4 : 0.5,
    title: 'Repeat it with other seeds',
    why: unsure
      ? `${model.name} and ${pair.b} differ by no more than chance on these ${run.answers[0]?.unit ?? 'texts'} (${probability(pair.p)}), and one seed says nothing of how they differ from run to run.`
      : 'Intervals are over the texts alone. Three seeds show how much the order of examples and the initial weights change.',
    command: commandOf(facts.config, { seeds: 3 }),
  }
}
