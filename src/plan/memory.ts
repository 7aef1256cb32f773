/**
 * The memory that training a stage takes: the values of a micro-batch, the weights, and the optimizer. Known
 * before anything is allocated.
 */
import type { OptimizerSpec, Stage } from '../check/program.ts'
import type { Graph } from '../graph/graph.ts'
import { leafName } from '../graph/leaf.ts'
import type { BatchSizes } from '../graph/type.ts'
import { valueBytes } from './buffers.ts'
import { type Schedule, scheduleStep } from './plan.ts'

/** All in bytes. */
export interface StageMemory {
  /** The peak of one micro-batch: its values and gradients. */
  readonly values: number
  /** All weights that the step reads, on the host and on the device. */
  readonly weights: number
  /**
   * The optimizer's moments, and sums of gradients that are not among the values. They are on the host, or on
   * the device if the step keeps its gradients there.
   */
  readonly optimizer: number
  readonly total: number
  /** The part of these on the device, at most. */
  readonly device: number
  /** The part on the device that is no value of the step: weights, and moments if they are there. */
  readonly standing: number
}

/** Moments per parameter. A complete record, so that a new optimizer cannot be forgotten. */
const moments: { readonly [kind in OptimizerSpec['kind']]: number } = {
  adamw: 2,
  adam: 2,
  bert_adam: 2,
  lamb: 2,
  sgd: 1,
}

/**
 * The memory of a stage's step graph at the sizes of its micro-batch. `frozen`: the graph that runs before
 * the first step, once per example. Its weights leave the device then, but not the host. `frozenPeak`: the
 * peak of its values in bytes, `schedule` the order of the step, if known.
 */
export function stageMemory(
  stage: Stage,
  step: Graph,
  sizes: BatchSizes,
  frozen?: Graph,
  frozenPeak: number = frozen ? scheduleStep(frozen, sizes).peak : 0,
  schedule: Pick<Schedule, 'peak'> = scheduleStep(step, sizes),
): StageMemory {
  const { weights, optimizer, read } = standingMemory(stage, step, sizes, frozen)
  const values = schedule.peak
  const standing = read + (step.keepsGradients === true ? optimizer : 0)
  const device = values + standing
  const before = frozen ? frozenPeak + sum(parameterBytes(frozen, sizes).values()) : 0
  return {
    values,
    weights,
    optimizer,
    total: values + weights + optimizer + Math.max(0, before - values - read - optimizer),
    device: Math.max(device, before),
    standing,
  }
}

interface StandingMemory extends Pick<StageMemory, 'weights' | 'optimizer'> {
  /** The weights that the step reads on the device. */
  readonly read: number
}

/** The memory held all the time, in any order of the step. */
export function standingMemory(stage: Stage, step: Graph, sizes: BatchSizes, frozen?: Graph): StandingMemory {
  const bytes = parameterBytes(step, sizes)
  const read = sum(bytes.values())
  const once = frozen ? [...parameterBytes(frozen, sizes)] : []
  const onlyOnce = sum(once.map(([name, size]) => (bytes.has(name) ? 0 : size)))
  const trained = sum(stage.trained.map((key) => bytes.get(key) ?? 0))
  // The gradients of a batch in one piece are their sum already; a copy for the host is another array.
  const sums = step.keepsGradients === true && sizes.B >= stage.batch ? 0 : 1
  const optimizer = trained * (sums + (stage.optimizer === undefined ? 0 : moments[stage.optimizer.kind]))
  return { weights: 2 * read + onlyOnce, optimizer, read }
}

function parameterBytes({ nodes }: Graph, sizes: BatchSizes): Map<string, number> {
  const bytes = new Map<string, number>()
  for (const node of nodes) {
    const name = node.op === 'parameter' ? leafName(node) : undefined
    if (name !== undefined) bytes.set(name, valueBytes(node, sizes))
  }
  return bytes
}

function sum(numbers: Iterable<number>): number {
  let all = 0
  for (const n of numbers) all += n
  return all
}
