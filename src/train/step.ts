/**
 * One optimizer step, without files, clocks and output: the losses of micro-batches with the divisors of the
 * complete batch, the sum of their gradients, and one update. `distill step` and `distill train` share it.
 */
import type { OptimizerSpec } from '../check/program.ts'
import { undivided } from '../cluster/division.ts'
import type { Batch } from '../data/dataset.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { stepsWithoutOptimizer } from '../diagnostics/messages/training.ts'
import type { RandomKey } from '../graph/graph.ts'
import { addUp, type GradientSums, gradientSums, HostGradients, runOwn } from './gradients.ts'
import { type Moment, momentAt } from './schedule.ts'
import { normalisersOf, numberOf, output, type StepContext, stepInputs } from './step-inputs.ts'
import { canMeasureTerms, termNormsAt } from './term-norms.ts'
import { type OptimizerState, releaseState } from './update.ts'

export interface BatchResult {
  /** Unweighted values of the loss terms over the complete batch. */
  readonly terms: ReadonlyMap<string, number>
  readonly total: number
  readonly gradients: ReadonlyMap<string, Float32Array>
}

export interface StepResult {
  readonly terms: ReadonlyMap<string, number>
  readonly total: number
  /** Global norm of the gradient before clipping. */
  readonly norm: number
  readonly rate: number
  /** False if a loss or the gradient is NaN or infinite. Then nothing was updated. */
  readonly finite: boolean
}

type Losses = Pick<BatchResult, 'terms' | 'total'>

/** Computes the loss terms of a batch from its micro-batches, and adds its gradients to `sums`. */
function runBatch(
  context: StepContext,
  microbatches: readonly Batch[],
  random: RandomKey,
  moment: Moment,
  sums: GradientSums,
): Losses {
  const { stage, graphs, store, division = undivided } = context
  const normalisers = normalisersOf(context, microbatches, random)
  const terms = new Map<string, number>()
  let total = 0
  const names = stage.terms.map(({ name }) => name)
  const outputs = runOwn(context, microbatches, sums, (batch, index) => {
    const request = { ...stepInputs(batch, normalisers[index] ?? [], moment), parameter: store.get, random }
    const found = sums.run(graphs.step, request)
    return [...names.map((name) => output(found, `term ${name}`)), output(found, 'total')]
  })
  // Read after the last micro-batch only, so that the host waits for a device once.
  const losses = division.gather(
    outputs.map((one) => one.map(numberOf)),
    'its losses',
  )
  addUp(context, microbatches, sums)
  for (const one of losses) {
    names.forEach((name, k) => {
      terms.set(name, (terms.get(name) ?? 0) + (one[k] ?? Number.NaN))
    })
    total += one[names.length] ?? Number.NaN
  }
  const count = microbatches.length
  if (stage.normalise === 'microbatch' && count > 1) {
    for (const [name, value] of terms) terms.set(name, value / count)
    sums.scale(1 / count)
    total /= count
  }
  return { terms, total }
}

/** Loss terms and gradients of a batch, from its micro-batches. */
export function evaluateBatch(
  context: StepContext,
  microbatches: readonly Batch[],
  random: RandomKey,
  moment: Moment,
): BatchResult {
  const sums = new HostGradients(context.runner, context.stage.trained)
  return { ...runBatch(context, microbatches, random, moment, sums), gradients: sums.read() }
}

/** One training step: losses and gradients of the batch, then the update, unless a value is not finite. */
export function trainStep(
  context: StepContext,
  optimizer: OptimizerSpec,
  state: OptimizerState,
  microbatches: readonly Batch[],
  random: RandomKey,
  moment: Moment,
): StepResult {
  const { stage, graphs, runner, store } = context
  const sums = gradientSums(stage.trained, graphs.step, runner, optimizer, context.division)
  const { terms, total } = runBatch(context, microbatches, random, moment, sums)
  const norm = sums.norm()
  const finite = Number.isFinite(total) && Number.isFinite(norm) && [...terms.values()].every(Number.isFinite)
  if (!finite) {
    sums.discard()
    return { terms, total, norm, rate: 0, finite }
  }
  const rate = sums.update(optimizer, { store, state, moment }, norm)
  return { terms, total, norm, rate, finite }
}

export interface RunStepsResult {
  /** Of the first step, unweighted. */
  readonly terms: ReadonlyMap<string, number>
  readonly total: number
  /** The total before each update. */
  readonly trajectory: readonly number[]
  /** Of the first step, before clipping. */
  readonly gradients: ReadonlyMap<string, Float32Array>
  /** Their global norm. */
  readonly norm: number
  /** Of the first step, by term, if the stage was compiled for it. */
  readonly termNorms?: ReadonlyMap<string, number>
}

/**
 * Exactly `steps` training steps on one given batch in micro-batches. The graphs determine whether there is
 * dropout: `distill step` compiles the stage without it. Schedules run over the stage's budget if it is in
 * steps, otherwise over `steps`. Throws E0732 for several steps without an optimizer.
 */
export function runSteps(
  context: StepContext,
  microbatches: readonly Batch[],
  steps: number,
  seed = 0,
): RunStepsResult {
  const { stage, graphs, store, runner } = context
  const { optimizer } = stage
  const total = stage.budget?.unit === 'steps' ? stage.budget.amount : steps
  if (steps > 1 && !optimizer) {
    throw new DiagnosticError(stepsWithoutOptimizer({ stage: stage.name, steps, span: stage.span }))
  }
  const state: OptimizerState = new Map()
  const trajectory: number[] = []
  let first: Omit<RunStepsResult, 'trajectory'> | undefined
  for (let step = 0; step < Math.max(1, steps); step++) {
    const moment = momentAt(step, total, 0)
    const random = { seed, stage: stage.name, step }
    const termNorms =
      step === 0 && canMeasureTerms(context.stage, graphs)
        ? termNormsAt(context, microbatches, random, moment)
        : undefined
    const sums = gradientSums(stage.trained, graphs.step, runner, optimizer)
    const losses = runBatch(context, microbatches, random, moment, sums)
    trajectory.push(losses.total)
    const norm = sums.norm()
    first ??= {
      ...losses,
      gradients: sums.read(),
      norm,
      ...(termNorms ? { termNorms: termNorms({ ...losses, norm }) } : {}),
    }
    if (optimizer) sums.update(optimizer, { store, state, moment }, norm)
  }
  if (!first) throw new Error('no step was run')
  releaseState(state)
  return { ...first, trajectory }
}
