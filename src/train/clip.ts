/** Norms and sums of gradients on the host. */
import type { OptimizerSpec } from '../check/program.ts'
import { squaredNorm } from '../run/plain-update.ts'
import { optimizers } from './optimizers/index.ts'

/**
 * Whether a step clips a gradient of this norm. Undefined without a clip, or where the gradient of each
 * parameter is clipped by itself.
 */
export function isClipped({ clip, kind }: OptimizerSpec, norm: number): boolean | undefined {
  return clip === undefined || optimizers[kind].clipsEachParameter ? undefined : norm > clip
}

export function globalNorm(gradients: Iterable<Float32Array>): number {
  return rootOfSum([...gradients].map(squaredNorm))
}

/** @param squares of each gradient the sum of squares */
export function rootOfSum(squares: readonly number[]): number {
  return Math.sqrt(squares.reduce((sum, one) => sum + one, 0))
}

export function scaleInPlace(x: Float32Array, factor: number): void {
  for (let i = 0; i < x.length; i++) x[i] = (x[i] as number) * factor
}
