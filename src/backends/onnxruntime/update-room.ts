/** The memory of weights and moments that are updated in place, and the code that updates them. */
import type { AdaptiveRule } from '../../run/update-rule.ts'
import { hostUpdates } from '../wasm/host-update.ts'
import { UpdateMemory } from '../wasm/update-memory.ts'
import { RowSum } from './row-sum.ts'

/** A sum of gradients. */
export type Gradients = Float32Array | RowSum

/** A weight and its two moments. */
export interface WeightGroup {
  readonly weight: Float32Array
  readonly moments: readonly [Float32Array, Float32Array]
  /**
   * `scale`: the factor of the gradient, with all clipping. The update is done at the latest when `finish` is
   * called. The rule must be without trust.
   */
  update(rule: AdaptiveRule, gradient: Float32Array, scale: number): void
  /** The same where all other rows of the gradient are zeros, to the bit. A rule without coupled decay. */
  updateRows(rule: AdaptiveRule, gradients: RowSum, scale: number): void
  /** Moments were written from outside. */
  forgetMoments(): void
  /** Its arrays must not be used afterwards. */
  free(): void
}

export interface UpdateRoom {
  /** Whether groups can be updated. */
  readonly updates: boolean
  /** Room for a weight of so many numbers and its moments, with undefined content. */
  allocate(length: number): WeightGroup
  /** The sum of squares of each, in float64. */
  squares(gradients: readonly Gradients[]): readonly number[]
  /** Adds the second to the first. */
  add(sum: Float32Array, more: Float32Array): void
  /** All updates are done then. */
  finish(): void
  dispose(): void
}

/** By the vectors of WebAssembly, on one thread. */
export function wasmUpdates(): UpdateRoom {
  const memory = new UpdateMemory()
  return {
    updates: memory.updates,
    allocate: (length) => {
      const group = memory.allocate(length)
      return {
        weight: group.weight,
        moments: group.moments,
        update: (rule, gradient, scale) => group.update(rule, gradient, scale),
        updateRows: (rule, gradients, scale) => group.updateRows(rule, gradients, scale),
        forgetMoments: () => group.forgetMoments(),
        free: () => memory.free(group),
      }
    },
    squares: (gradients) =>
      gradients.map((one) => (one instanceof RowSum ? one.overPieces(squares) : squares(one))),
    add: (sum, more) => {
      for (let i = 0; i < more.length; i++) sum[i] = (sum[i] as number) + (more[i] as number)
    },
    finish: () => undefined,
    dispose: () => undefined,
  }
}

function squares(x: Float32Array): number {
  return hostUpdates()?.squares(x) ?? x.reduce((sum, value) => sum + value * value, 0)
}
