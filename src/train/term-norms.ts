/**
 * The gradient norm of each loss term, with the weight of the term. It takes one more run of the step for
 * each term, on the same batch, weights, masks and dropout. Nothing that the step reads changes.
 */
import type { LossTerm, Stage } from '../check/program.ts'
import type { Batch } from '../data/dataset.ts'
import { gradientName } from '../graph/gradient-name.ts'
import type { Graph, RandomKey } from '../graph/graph.ts'
import type { StageGraphs } from '../lower/stage.ts'
import type { RunRequest } from '../run/runner.ts'
import { addUp, gradientSums, runOwn } from './gradients.ts'
import { IntervalLog } from './interval-log.ts'
import { evaluateScalar, type Moment } from './schedule.ts'
import { slopeOf } from './slope.ts'
import { normalisersOf, type StepContext, stepInputs } from './step-inputs.ts'

/** The results of the step itself, for the same weights and batch. */
interface StepFound {
  /** Unweighted. */
  readonly terms: ReadonlyMap<string, number>
  /** The norm of the total gradient, before clipping. */
  readonly norm: number
}

/** `sampled`: at so few steps that it takes at most 2% of a stage. `logged`: at each logged step. */
export type TermGradients = 'sampled' | 'logged'

/** Steps between two sampled measurements, for each term: measuring a term takes one step. */
const stepsPerTerm = 50

/**
 * Whether the gradient norms of terms are logged at this step. Only at steps that are logged anyway, and
 * always at the first of them. `step` counts from 1.
 */
export function logsTermNormsAt(
  often: TermGradients,
  { terms }: Stage,
  step: number,
  total: number,
): boolean {
  if (!IntervalLog.endsAt(step, total)) return false
  // With one term, its norm is known.
  if (often === 'logged' || terms.length === 1) return true
  return IntervalLog.isFirst(step) || step % IntervalLog.roundUp(stepsPerTerm * terms.length) === 0
}

/** Whether `termNormsAt` can measure the terms of a stage as it was compiled. */
export function canMeasureTerms({ terms }: Stage, { termSteps, termNormalisers }: StageGraphs): boolean {
  return termSteps !== undefined || termNormalisers !== undefined || isSingleTerm(terms)
}

/** Whether there is only one term, and the total is a multiple of it. */
function isSingleTerm([first, ...others]: readonly LossTerm[]): boolean {
  return others.length === 0 && first?.weight !== undefined
}

/**
 * Call it before a step updates the weights, and its result afterwards, with the results of the step. A term
 * that does not enter the total as a scalar (a weighted sum, a product, `max` ...) is left out.
 * `canMeasureTerms` must be true for the stage.
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
  if (!canMeasureTerms(stage, graphs))
    throw new Error('the stage was not compiled to measure the gradients of its terms')
  if (isSingleTerm(terms)) return ({ norm }) => new Map(terms.map(({ name }) => [name, norm]))
  const normalisers = normalisersOf(context, microbatches, random)
  const normOf = (step: Graph, counts: (k: number) => boolean = () => true): number => {
    return gradientNorm(context, step, microbatches, (batch, i) => ({
      ...stepInputs(batch, normalisers[i]?.map((value, k) => (counts(k) ? value : 0)) ?? [], moment),
      parameter: context.store.get,
      random,
    }))
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

/** The norm of a graph's gradients, summed over micro-batches as in a step. */
function gradientNorm(
  context: StepContext,
  step: Graph,
  microbatches: readonly Batch[],
  requestOf: (batch: Batch, index: number) => RunRequest,
): number {
  const { stage, runner } = context
  const reached = stage.trained.filter((key) => step.outputs.has(gradientName(key)))
  if (reached.length === 0) return 0
  const sums = gradientSums(reached, step, runner, stage.optimizer, context.division)
  runOwn(context, microbatches, sums, (batch, i) => sums.run(step, requestOf(batch, i)))
  addUp(context, microbatches, sums)
  const count = microbatches.length
  if (stage.normalise === 'microbatch' && count > 1) sums.scale(1 / count)
  const norm = sums.norm()
  sums.discard()
  return norm
}

/** The derivative of the total by a term: its weight at this moment. */
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
