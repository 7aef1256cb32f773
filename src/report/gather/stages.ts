/** The stages of a run: what each minimized, its log, and how long it took. */
import type { Stage } from '../../check/program.ts'
import { trainedOwners } from '../../check/trained.ts'
import { describeOptimizer } from '../../explain/optimizer.ts'
import type { IntervalLine } from '../../train/log-lines.ts'
import type { StageData } from '../schema.ts'
import { quantile } from '../statistics.ts'
import { weightOf } from './architecture.ts'
import { originalName, type RunFacts } from './facts.ts'
import { rowData } from './log.ts'

export function gatherStages(facts: RunFacts): StageData[] {
  return facts.stages.map((stage) => gatherStage(facts, stage))
}

function gatherStage(facts: RunFacts, stage: Stage): StageData {
  const { log, program } = facts
  const { name, data, optimizer, terms } = stage
  const rows = log.rows.filter((row) => row.stage === name)
  const end = log.ends.find((one) => one.stage === name)
  const owners = trainedOwners(stage)
  const evaluations = log.evaluations.filter((one) => one.stage === name)
  const times = stepTimes(rows)
  const speeds = rows.map(({ tokens_per_second: speed }) => speed).sort((a, b) => a - b)
  const unscored = evaluations.length === 0 && rows.length > 0 ? whyUnscored(stage, program.data) : undefined
  const frozen = end?.spent?.frozen ?? 0
  return {
    name,
    trains: stage.instances.filter((one) => owners.has(one)),
    reads: [
      ...new Set(stage.instances.filter((one) => !owners.has(one)).map((one) => originalName(facts, one))),
    ],
    ...(data === undefined ? {} : { data }),
    steps: end?.step ?? rows.at(-1)?.step ?? 0,
    seconds: end?.seconds ?? secondsOf(rows),
    ...(frozen > 0 ? { frozen_seconds: frozen } : {}),
    optimizer: optimizer ? describeOptimizer(optimizer) : '',
    ...(optimizer?.clip === undefined ? {} : { clip: optimizer.clip }),
    terms: terms.map((term) => ({ name: term.name, weight: weightOf(term) ?? 1 })),
    rows: rows.map(rowData),
    evaluations: evaluations.map(({ step, model, data: block, split, metrics }) => ({
      step,
      model,
      data: block,
      split,
      metrics,
    })),
    ...(times ? { step_ms: times } : {}),
    ...(speeds.length > 0 ? { tokens_per_second: quantile(speeds, 0.5) } : {}),
    stopped_early: end?.early ?? false,
    ...(unscored === undefined ? {} : { unscored }),
  }
}

/** Of a run that does not record it, or is in the middle of the stage: from the speed of each interval. */
function secondsOf(rows: readonly IntervalLine[]): number {
  return rows.reduce((sum, { step, steps_per_second: speed }, i) => {
    const steps = step - (rows[i - 1]?.step ?? 0)
    return sum + (speed > 0 ? steps / speed : 0)
  }, 0)
}

/** The first interval also compiles, so it does not count where there are others. */
function stepTimes(rows: readonly IntervalLine[]): StageData['step_ms'] {
  const counted = rows.length > 1 ? rows.slice(1) : rows
  const times = counted
    .flatMap(({ steps_per_second: speed }) => (speed > 0 ? [1000 / speed] : []))
    .sort((a, b) => a - b)
  if (times.length === 0) return undefined
  const at = (share: number): number => quantile(times, share)
  return { low: at(0.05), q1: at(0.25), median: at(0.5), q3: at(0.75), high: at(0.95) }
}

function whyUnscored(
  { name, data, evaluate, keep }: Stage,
  blocks: RunFacts['program']['data'],
): string | undefined {
  if (evaluate.length === 0 && keep?.best === undefined)
    return `Stage \`${name}\` names no metric to evaluate, so its model is scored at the end only.`
  const spec = blocks.get(data ?? '')
  const held = spec?.validation !== undefined || spec?.test !== undefined
  return held
    ? `Stage \`${name}\` was not evaluated: no evaluation was reached, or no data has answers of its model.`
    : `Stage \`${name}\` was not evaluated: data \`${data}\` has no validation or test file.`
}
