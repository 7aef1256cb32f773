/**
 * Whether ids of a stage, or of data on which its models are scored, can exceed the tables in which they are
 * looked up.
 */
import { proposedBy } from '../augment.ts'
import { vocabularySize } from '../data-tokenizer.ts'
import { answerTerms, scoredOn } from '../head-outputs.ts'
import { tableProblems } from '../ids-in-tables.ts'
import type { DataSpec, ModelInstance } from '../program.ts'
import type { StageParts } from '../stage-parts.ts'
import type { Term } from '../tensor-term.ts'
import { reachable } from '../term-reads.ts'
import type { Rule } from './rule.ts'

export const tables: Rule = ({ checker, instances, stages }, reporter) => {
  const models = new Map(instances.map((instance) => [instance.name, instance]))
  const check = (data: DataSpec, terms: Iterable<Term>, scored?: string): void => {
    const pieces = vocabularySize(checker, data.tokenizer)
    for (const problem of tableProblems(data, terms, models, pieces, scored)) reporter.report(problem)
  }
  for (const { data, loss } of stages)
    if (data) check(data, new Set([...(loss?.below ?? []), ...reachable(...proposedBy(checker, data))]))
  const blocks = new Map([...checker.data.values()].map((block) => [block.name, block]))
  for (const instance of instances)
    for (const { wanted, preferred, only } of scorings(instance, stages)) {
      const among = only ? new Map([[only.name, only]]) : blocks
      const scored = scoredOn(among, instance, wanted, preferred)
      if (scored) check(scored.data, reachable(...answerTerms(scored.output)), instance.name)
    }
}

interface Scoring {
  readonly wanted: readonly string[]
  readonly preferred?: string
  readonly only?: DataSpec
}

/** When training scores a model: the metrics that are asked for, and the data that is preferred. */
function scorings({ name, copyOf }: ModelInstance, stages: readonly StageParts[]): Scoring[] {
  const run = stages.filter(({ data }) => data)
  const training = run.filter((stage) => stage.training?.owners.has(name))
  const evaluated = training.flatMap(({ data, settings: { metrics } }): Scoring[] =>
    [...new Set(metrics.map((one) => one.on?.data))].map((only) => ({
      wanted: metrics.filter((one) => one.on?.data === only).map(({ metric }) => metric),
      ...(only ? { only } : data ? { preferred: data.name } : {}),
    })),
  )
  if (copyOf || !run.some(({ loss }) => loss?.owners.has(name))) return evaluated
  // The table at the end of training; a model that no stage trains is scored at the beginning too.
  const asking = training.length > 0 ? training : run
  const all = asking.flatMap(({ settings }) => settings.metrics)
  const preferred = all.find(({ on }) => on)?.on?.data.name
  const atEnd = {
    wanted: [...new Set(all.map(({ metric }) => metric))],
    ...(preferred === undefined ? {} : { preferred }),
  }
  return [...evaluated, atEnd, ...(training.length > 0 ? [] : [{ wanted: [] }])]
}
