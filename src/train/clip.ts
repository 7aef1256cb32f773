/** Gradients on the host: their norm, and sums of them. */

/** Sum of squares in float64; four sums side by side, because one chain of additions waits for itself. */
export function squaredNorm(x: Float32Array): number {
  const n = x.length
  const even = n - (n % 4)
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  for (let i = 0; i < even; i += 4) {
    const p = x[i] as number
    const q = x[i + 1] as number
    const r = x[i + 2] as number
    const s = x[i + 3] as number
    a += p * p
    b += q * q
    c += r * r
    d += s * s
  }
  for (let i = even; i < n; i++) a += (x[i] as number) ** 2
  return a + b + c + d
}

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
