/**
 * What training a stage takes of a machine, told before anything is allocated: the values of a micro-batch,
 * the weights, the optimizer.
 */
import type { OptimizerSpec, Stage } from '../check/program.ts'
import type { Graph } from '../graph/graph.ts'
import { leafName } from '../graph/leaf.ts'
import type { BatchSizes } from '../graph/type.ts'
import { valueBytes } from './buffers.ts'
import { scheduleStep } from './plan.ts'

/** All in bytes. */
export interface StageMemory {
  /** Most that one micro-batch holds at one time: its values and gradients. */
  readonly values: number
  /** All weights that the step reads, on the host and on the device. */
  readonly weights: number
  /**
   * The optimizer's moments, and sums of gradients that are not among the values: on the host, or on the
   * device where the step keeps its gradients.
   */
  readonly optimizer: number
  readonly total: number
  /** Of these, what the device holds at most. */
  readonly device: number
}

/** Moments a parameter. A complete record, so that a new optimizer cannot be forgotten. */
const moments: { readonly [kind in OptimizerSpec['kind']]: number } = {
  adamw: 2,
  adam: 2,
  bert_adam: 2,
  lamb: 2,
  sgd: 1,
}

/**
 * What a stage's step graph takes at the sizes of its micro-batch. `frozen`: what is run before the first
 * step, once per example; its weights leave the device then, but not the host. `frozenPeak`: bytes of its
 * values at most, where that is known.
 */
export function stageMemory(
  stage: Stage,
  step: Graph,
  sizes: BatchSizes,
  frozen?: Graph,
  frozenPeak: number = frozen ? scheduleStep(frozen, sizes).peak : 0,
): StageMemory {
  const { weights, optimizer, read } = standingMemory(stage, step, sizes, frozen)
  const values = scheduleStep(step, sizes).peak
  const device = values + read + (step.keepsGradients === true ? optimizer : 0)
  const before = frozen ? frozenPeak + sum(parameterBytes(frozen, sizes).values()) : 0
  return {
    values,
    weights,
    optimizer,
    total: values + weights + optimizer + Math.max(0, before - values - read - optimizer),
    device: Math.max(device, before),
  }
}

interface StandingMemory extends Pick<StageMemory, 'weights' | 'optimizer'> {
  /** Of the weights, those that the step reads on the device. */
  readonly read: number
}

/** What is held all the time, in whatever order the values of a step are computed. */
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
