/**
 * What is said of values of frozen models that are computed once per example: what they take, what they save,
 * and whether that is cheaper than in every step.
 */
import type { Stage } from '../check/program.ts'
import type { BatchSizes } from '../graph/graph.ts'
import { concreteSize } from '../graph/type.ts'
import { pays } from '../optimize/cache-cost.ts'
import type { FrozenPart } from '../optimize/pass.ts'
import { bytes, flops, number } from './figures.ts'

export interface CacheReport {
  readonly models: readonly string[]
  /** Of an example of full length. */
  readonly flops_per_example: number
  readonly bytes_per_example: number
  /** Of the training data; null where it is not there to be counted. */
  readonly examples: number | null
  /** Of all examples, were each of full length. */
  readonly bytes: number | null
  /** Of each epoch, but for the first. */
  readonly flops_saved_per_epoch: number | null
  /** How often the stage sees each example; null where that is not known. */
  readonly epochs: number | null
  /** Whether to keep or to compute again costs less; training does that. */
  readonly cheaper: 'kept' | 'computed' | null
}

export function reportCache(
  stage: Stage,
  { models, flops: each, values }: FrozenPart,
  { L }: BatchSizes,
  examples: number | undefined,
): CacheReport {
  const one = { B: 1, L, R: L, W: L }
  const size = values.reduce(
    (sum, { dimensions }) =>
      sum + 4 * dimensions.reduce((product, axis) => product * concreteSize(axis.size, one), 1),
    0,
  )
  const { budget, batch } = stage
  const epochs =
    budget?.unit === 'epochs'
      ? budget.amount
      : budget !== undefined && examples !== undefined
        ? (budget.amount * batch) / examples
        : null
  return {
    models,
    flops_per_example: each,
    bytes_per_example: size,
    examples: examples ?? null,
    bytes: examples === undefined ? null : size * examples,
    flops_saved_per_epoch: examples === undefined ? null : each * examples,
    epochs,
    cheaper: epochs === null ? null : pays(epochs, each, size) ? 'kept' : 'computed',
  }
}

export function printCache(report: CacheReport): string {
  const { models, examples, epochs, cheaper, flops_saved_per_epoch: saved } = report
  const all = examples === null ? '' : `, ${bytes(report.bytes ?? 0)} for ${number(examples)} examples`
  const kept = `${bytes(report.bytes_per_example)} cached per example${all}`
  const each = saved === null ? '' : `, which saves ${flops(saved)} an epoch`
  const times = epochs === null ? '' : `${+epochs.toFixed(2)} ${epochs === 1 ? 'epoch' : 'epochs'}`
  const verdict =
    cheaper === 'computed'
      ? `computed in every step, which is cheaper${times && ` (${times})`}`
      : `if there is room, not computed again after the first ${times && 'of '}${times || 'epoch'}${each}`
  return `    ${models.join(' and ')} once per example: ${flops(report.flops_per_example)}, ${kept}; ${verdict}`
}
