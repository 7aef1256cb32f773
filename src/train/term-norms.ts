/**
 * How much each loss term pulls: the norm of its part of the gradient, its weight included, by another run of the step a term on the batch of a step. The same weights,
 * masks and dropout as the step's, and nothing that the step reads is changed.
 */
import type { LossTerm, Stage } from '../check/program.ts'
import type { Batch } from '../data/dataset.ts'
import { gradientName } from '../graph/gradient-name.ts'
import type { Graph, RandomKey } from '../graph/graph.ts'
import type { StageGraphs } from '../lower/stage.ts'
import { gradientSums } from './gradients.ts'
import { IntervalLog } from './interval-log.ts'
import { evaluateScalar, type Moment } from './schedule.ts'
import { slopeOf } from './slope.ts'
import { normalisersOf, type StepContext, stepInputs } from './step-inputs.ts'

/** What the step itself has found, for the same weights and batch. */
interface StepFound {
  /** Unweighted. */
  readonly terms: ReadonlyMap<string, number>
  /** Of the whole gradient, before clipping. */
  readonly norm: number
}

/** `seldom`: so that it takes 2% of a stage at most. `logged`: at each step of which a line is written. */
export type TermGradients = 'seldom' | 'logged'

/** Steps for each term between two that tell the norms of terms, where they are told seldom: each term costs one. */
const stepsATerm = 50

/** Are the norms of terms told at this step? Always one of those that are logged, the first such one among them. `step` counts from 1. */
export function tellsTermsAt(often: TermGradients, { terms }: Stage, step: number, total: number): boolean {
  if (!IntervalLog.endsAt(step, total)) return false
  // The norm of the only term is known.
  if (often === 'logged' || terms.length === 1) return true
  return IntervalLog.isFirst(step) || step % IntervalLog.roundUp(stepsATerm * terms.length) === 0
}

/** Can `termNormsAt` tell the terms of a stage as it was compiled? */
export function canTellTerms({ terms }: Stage, { termSteps, termNormalisers }: StageGraphs): boolean {
  return termSteps !== undefined || termNormalisers !== undefined || isWhole(terms)
}

/** Is there one term, of which the total is a multiple? */
function isWhole([first, ...others]: readonly LossTerm[]): boolean {
  return others.length === 0 && first?.weight !== undefined
}

/**
 * To be called before the weights of a step are updated; the result, after it, with what the step has found. A term that does not enter the total as a scalar (a weighted
 * sum, a product, `max` ...) is left out. The stage must have been compiled so that `canTellTerms`.
 */
export function termNormsAt(
  context: StepContext,
  microbatches: readonly Batch[],
  random: RandomKey,
  moment: Moment,
): (found: StepFound) => ReadonlyMap<string, number> {
  const { stage, graphs } = context
  const { terms } = stage
  const { termSteps, termNormalisers } = graphs
  if (!canTellTerms(stage, graphs))
    throw new Error('the stage was not compiled to tell the gradients of its terms')
  if (isWhole(terms)) return ({ norm }) => new Map(terms.map(({ name }) => [name, norm]))
  const normalisers = normalisersOf(context, microbatches, random)
  const normOf = (step: Graph, counts: (k: number) => boolean = () => true): number => {
    const requests = microbatches.map((batch, i) => ({
      ...stepInputs(batch, normalisers[i]?.map((value, k) => (counts(k) ? value : 0)) ?? [], moment),
      parameter: context.store.get,
      random,
    }))
    return gradientNorm(context, step, requests)
  }
  if (termNormalisers) {
    const norms = terms.map(({ name }): [string, number] => [
      name,
      normOf(graphs.step, (k) => termNormalisers.get(name)?.has(k) ?? false),
    ])
    return () => new Map(norms)
  }
  const norms = new Map([...(termSteps ?? [])].map(([name, step]) => [name, normOf(step)]))
  return (found) => {
    const shares = terms.flatMap((loss): [string, number][] => {
      const norm = norms.get(loss.name)
      const slope = slopeIn(stage, loss, found.terms, moment)
      return norm === undefined || slope === undefined ? [] : [[loss.name, Math.abs(slope) * norm]]
    })
    return new Map(shares)
  }
}

/** The norm of a graph's gradients, summed over micro-batches as those of a step are. */
function gradientNorm(
  { stage, runner }: StepContext,
  step: Graph,
  requests: readonly Parameters<ReturnType<typeof gradientSums>['run']>[1][],
): number {
  const reached = stage.trained.filter((key) => step.outputs.has(gradientName(key)))
  if (reached.length === 0) return 0
  const sums = gradientSums(reached, step, runner, stage.optimizer)
  for (const request of requests) sums.run(step, request)
  if (stage.normalise === 'microbatch' && requests.length > 1) sums.scale(1 / requests.length)
  const norm = sums.norm()
  sums.discard()
  return norm
}

/** What the total gains for each unit that a term does: its weight at this moment. */
function slopeIn(
  { minimize, terms }: Stage,
  { weight, term }: LossTerm,
  found: ReadonlyMap<string, number>,
  moment: Moment,
): number | undefined {
  if (weight) return evaluateScalar(weight, moment)
  const values = new Map(terms.map((one) => [one.term, found.get(one.name) ?? Number.NaN]))
  return slopeOf(minimize, term, values, moment)
}
