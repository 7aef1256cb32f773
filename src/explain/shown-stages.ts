/**
 * Which stages are explained whole. Of a family of many stages that differ in their layer alone, the first
 * two and the last: the others are like the second, with a layer more each, and stand in one line.
 */
import type { OptimizerSettings, Program, Stage } from '../check/program.ts'
import type { Term } from '../check/tensor-term.ts'
import { reportTerm } from './losses.ts'
import { modelTerms } from './masks.ts'
import { describeSchedule } from './optimizer.ts'

/** A smaller family is shown whole. */
const fewest = 5

export interface LikeAnother {
  readonly family: string
  /** Names of the stages that are not shown, in order. */
  readonly stages: readonly string[]
  /** The one that they are like. */
  readonly like: string
}
export interface ShownStages {
  readonly stages: readonly Stage[]
  readonly others: readonly LikeAnother[]
}

/** @param wanted stages or families to be shown whole, and nothing else; absent: all, as said above */
export function shownStages(program: Program, wanted?: readonly string[]): ShownStages {
  const { stages } = program
  if (wanted !== undefined) {
    const shown = stages.filter(
      ({ name, family }) => wanted.includes(name) || (family !== undefined && wanted.includes(family.name)),
    )
    return { stages: shown, others: [] }
  }
  const others: LikeAnother[] = []
  const ofModels = modelTerms(program)
  for (const family of new Set(stages.flatMap((stage) => stage.family?.name ?? []))) {
    const [, second, ...rest] = stages.filter((stage) => stage.family?.name === family)
    const middle = rest.slice(0, -1)
    if (second === undefined || rest.length + 2 < fewest) continue
    const like = factsOf(second, ofModels)
    if (rest.some((stage) => factsOf(stage, ofModels) !== like)) continue
    others.push({ family, stages: middle.map(({ name }) => name), like: second.name })
  }
  const left = new Set(others.flatMap((one) => one.stages))
  return { stages: stages.filter(({ name }) => !left.has(name)), others }
}

/** All that is said of a stage but names, its models' parts, and what they cost. */
function factsOf(stage: Stage, ofModels: ReadonlySet<Term>): string {
  const { data, budget, batch, microbatch, normalise, partial, optimizer, instances, projections } = stage
  const settingsOf = ({ rate, ...others }: OptimizerSettings): string =>
    JSON.stringify([describeSchedule(rate), others])
  const rates = optimizer && [
    optimizer.kind,
    optimizer.clip,
    settingsOf(optimizer.settings),
    ...optimizer.groups.map(({ settings }) => settingsOf(settings)),
  ]
  return JSON.stringify([
    ...[data, budget, batch, microbatch, normalise, partial, instances, projections, rates],
    stage.terms.map((term) => reportTerm(term, ofModels)),
    [stage.evaluate, stage.keep, stage.patience, stage.every],
  ])
}
