/**
 * How much each loss term pulls: the norm of its part of the gradient, its weight included, by one more backward pass a term on the batch of a step. The same weights,
 * masks and dropout as the step's, and nothing that the step reads is changed.
 */
import type { LossTerm, Stage } from '../check/program.ts'
import type { Batch } from '../data/dataset.ts'
import { gradientName } from '../graph/gradient-name.ts'
import type { Graph, RandomKey } from '../graph/graph.ts'
import { gradientSums } from './gradients.ts'
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

/**
 * To be called before the weights of a step are updated; the result, after it, with what the step has found. A term that does not enter the total as a scalar (a weighted
 * sum, a product, `max` ...) is left out. The stage must have been compiled with `termGradients`.
 */
export function termNormsAt(
  context: StepContext,
  microbatches: readonly Batch[],
  random: RandomKey,
  moment: Moment,
): (found: StepFound) => ReadonlyMap<string, number> {
  const { stage, graphs } = context
  const { termSteps } = graphs
  if (!termSteps) throw new Error('the stage was not compiled to tell the gradients of its terms')
  const normalisers = termSteps.size > 0 ? normalisersOf(context, microbatches, random) : []
  const norms = new Map(
    [...termSteps].map(([name, step]) => {
      const requests = microbatches.map((batch, i) => ({
        ...stepInputs(batch, normalisers[i] ?? [], moment),
        parameter: context.store.get,
        random,
      }))
      return [name, normOf(context, step, requests)] as const
    }),
  )
  return (found) => {
    const shares = stage.terms.flatMap((loss): [string, number][] => {
      // The only term: its part is the whole.
      if (!termSteps.has(loss.name)) return [[loss.name, found.norm]]
      const norm = norms.get(loss.name)
      const slope = slopeIn(stage, loss, found.terms, moment)
      return norm === undefined || slope === undefined ? [] : [[loss.name, Math.abs(slope) * norm]]
    })
    return new Map(shares)
  }
}

/** The norm of a graph's gradients, summed over micro-batches as those of a step are. */
function normOf(
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
