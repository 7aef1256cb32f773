/** Norms and sums of gradients on the host. */
import { squaredNorm } from '../run/plain-update.ts'

export function globalNorm(gradients: Iterable<Float32Array>): number {
  let sum = 0
  for (const gradient of gradients) sum += squaredNorm(gradient)
  return Math.sqrt(sum)
}

export function scaleInPlace(x: Float32Array, factor: number): void {
  for (let i = 0; i < x.length; i++) x[i] = (x[i] as number) * factor
}

export function addInPlace(sum: Float32Array, x: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (x[i] as number)
}
