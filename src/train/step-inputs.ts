/** The inputs of a step graph: the batch, the divisors of its losses, and the moment. */
import type { Stage } from '../check/program.ts'
import { type Division, undivided } from '../cluster/division.ts'
import type { Batch } from '../data/dataset.ts'
import type { RandomKey } from '../graph/graph.ts'
import type { StageGraphs } from '../lower/stage.ts'
import { positionsOf } from '../run/positions.ts'
import type { HostTensor, Runner, RunRequest } from '../run/runner.ts'
import type { ParameterStore } from './parameters.ts'
import type { Moment } from './schedule.ts'

export interface StepContext {
  readonly stage: Stage
  readonly graphs: StageGraphs
  readonly store: ParameterStore
  readonly runner: Runner
  /** Runs `graphs.counts`. The reference runner counts exactly beyond 2^24. Default: `runner`. */
  readonly counter?: Runner
  /** How its batches are divided among ranks; absent: they are not. */
  readonly division?: Division
}

/**
 * The normalisers of each micro-batch: 1 / count, or 0 if the count is 0. `batch`: the count is that of all
 * micro-batches, so that their sum is the mean over the batch. `microbatch`: each divides by its own count,
 * and the mean of these means is taken.
 */
export function normalisersOf(
  context: StepContext,
  microbatches: readonly Batch[],
  random: RandomKey,
): readonly (readonly number[])[] {
  const { graphs, store, stage, division = undivided } = context
  const counter = context.counter ?? context.runner
  const names = Array.from({ length: graphs.normalisers }, (_, k) => `count[${k}]`)
  if (names.length === 0) return microbatches.map(() => [])
  const own = division.ownOf(microbatches).map(({ batch }) => {
    const outputs = counter.run(graphs.counts, {
      sizes: { B: batch.B, L: batch.L },
      inputs: batch.inputs,
      parameter: store.get,
      random,
    })
    return names.map((name) => scalarOf(outputs, name))
  })
  const counts = division.gather(own, 'its counts')
  const inverse = (count: number): number => (count > 0 ? 1 / count : 0)
  if (stage.normalise === 'microbatch') return counts.map((own) => own.map(inverse))
  const whole = names.map((_, k) => inverse(counts.reduce((sum, own) => sum + (own[k] ?? 0), 0)))
  return counts.map(() => whole)
}

/** The inputs and sizes of the step graph: the batch's, its positions, the normalisers and the moment. */
export function stepInputs(
  batch: Batch,
  normalisers: readonly number[],
  moment: Moment,
): Pick<RunRequest, 'sizes' | 'inputs'> {
  const positions = positionsOf(batch.inputs, batch)
  const inputs = new Map([...batch.inputs, ...positions.inputs])
  normalisers.forEach((value, k) => {
    inputs.set(`normaliser[${k}]`, scalar(value))
  })
  inputs.set('progress', scalar(moment.progress))
  inputs.set('step', scalar(moment.step))
  inputs.set('epoch', scalar(moment.epoch))
  return { sizes: positions.sizes, inputs }
}

function scalar(value: number): HostTensor {
  return { dtype: 'f32', shape: [], data: Float32Array.of(value) }
}

/** The output of a graph that is a number. */
export function scalarOf(outputs: ReadonlyMap<string, HostTensor>, name: string): number {
  return numberOf(output(outputs, name))
}

export function output(outputs: ReadonlyMap<string, HostTensor>, name: string): HostTensor {
  const value = outputs.get(name)
  if (!value) throw new Error(`the graph has no output \`${name}\``)
  return value
}

export function numberOf(scalar: HostTensor | undefined): number {
  return scalar?.data[0] ?? Number.NaN
}
