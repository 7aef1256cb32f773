/**
 * The score of one model. Of its heads that have data, the one with most of the wanted metrics is measured;
 * without wanted metrics, by the head's usual one.
 */

import { byMetrics, dataFor, fits, headOutputs, wantedOf } from '../check/head-outputs.ts'
import { byData, type MetricName, measuredBy } from '../check/metric-names.ts'
import type { DataSpec, ModelInstance, Program, Stage } from '../check/program.ts'
import { type HeadOutput, taskFacts } from '../check/tasks.ts'
import type { SplitName } from '../data/dataset.ts'
import { type Evaluator, finalSplit, validationSplit } from './evaluate.ts'
import type { DataProvider } from './feed.ts'
import type { AnswerBook } from './kept/answer-book.ts'
import { measure } from './metrics/index.ts'
import type { Answers } from './metrics/metric.ts'
import type { Score } from './observer.ts'

export interface ScoringOptions {
  /** The wanted metrics. If none of them applies, the head's usual one is measured. */
  readonly metrics?: readonly string[]
  /** The data block to use if it fits. */
  readonly preferred?: string
  /** The only data block to use. */
  readonly only?: string
  /** Whether to prefer the test split to the validation split. */
  readonly final?: boolean
  /** Where the single answers are kept. */
  readonly book?: AnswerBook
  /** Whether another run of a sweep may have a model with the same weights. */
  readonly recurs?: boolean
}

/** The head by which a model is scored, and on what. */
export interface ScoredHead {
  readonly output: HeadOutput
  readonly data: DataSpec
  readonly split: SplitName
  readonly metrics: readonly MetricName[]
}

/** Undefined if no head of the model has data with answers. */
export function scoredHead(
  program: Program,
  provider: DataProvider,
  instance: ModelInstance,
  options: ScoringOptions = {},
): ScoredHead | undefined {
  const wanted = options.metrics ?? []
  for (const output of byMetrics(headOutputs(instance), wanted)) {
    const data = choose(program, output, options)
    if (!data) continue
    const dataset = provider.dataset(data.name)
    const split: SplitName | undefined = options.final ? finalSplit(dataset) : validationSplit(dataset)
    if (split !== undefined) return { output, data, split, metrics: metricNames(output, wanted) }
  }
  return undefined
}

/** Undefined if no head of the model has data with answers. */
export function scoreModel(
  program: Program,
  evaluator: Evaluator,
  provider: DataProvider,
  instance: ModelInstance,
  options: ScoringOptions = {},
): Score | undefined {
  const head = scoredHead(program, provider, instance, options)
  if (!head) return undefined
  const { output, data, split, metrics } = head
  const answers = evaluator.answers(output, data.name, split, options)
  const values = measureAll(answers, metrics)
  const examples = answers.kind === 'masked' ? {} : { examples: answers.predicted.length }
  return { model: instance.name, data: data.name, split, values, ...examples }
}

/** The metrics that apply to these answers. */
export function measureAll(answers: Answers, names: readonly MetricName[]): ReadonlyMap<MetricName, number> {
  const values = new Map<MetricName, number>()
  for (const name of names) {
    const value = measure(name, answers)
    if (value !== undefined) values.set(name, value)
  }
  return values
}

function choose(
  program: Program,
  output: HeadOutput,
  { only, preferred }: ScoringOptions,
): DataSpec | undefined {
  if (only === undefined) return dataFor(program.data, output, preferred)
  const data = program.data.get(only)
  return data && fits(data, output) ? data : undefined
}

function metricNames(output: HeadOutput, wanted: readonly string[]): MetricName[] {
  const names = wantedOf(output, wanted)
  return names.length > 0 ? names : [taskFacts[output.kind].metric]
}

/** The scores of the models that a stage trains, on each data block that its metrics name. */
export function stageScores(
  stage: Stage,
  trained: readonly ModelInstance[],
  scorer: { score(instance: ModelInstance, options: ScoringOptions): Score | undefined },
): { readonly instance: ModelInstance; readonly score: Score; readonly on: string | undefined }[] {
  return byData(measuredBy(stage)).flatMap(({ metrics, on }) =>
    trained.flatMap((instance) => {
      const where = on === undefined ? { preferred: stage.data ?? '' } : { only: on }
      const score = scorer.score(instance, { metrics, ...where })
      return score ? [{ instance, score, on }] : []
    }),
  )
}

/** A score as an event of metrics.jsonl. */
export function scoreLine({ model, data, split, values }: Score): { readonly [key: string]: unknown } {
  return { model, data, split, metrics: Object.fromEntries(values) }
}
