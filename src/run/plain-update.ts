/**
 * An update rule by its formula on arrays, each element in float64 and rounded to float32 once. It is the
 * reference for kernels, and the fallback without them.
 */
import { type AdaptiveRule, type MomentumRule, trustRatio, type UpdateRule } from './update-rule.ts'

/**
 * Changes `parameter` and `slots` in place; `gradient` is left alone. `scale`: what it is multiplied by
 * (`gradientScale`).
 */
export function updatePlainly(
  rule: UpdateRule,
  scale: number,
  parameter: Float32Array,
  gradient: Float32Array,
  slots: readonly Float32Array[],
): void {
  if (rule.kind === 'momentum') descendWithMomentum(rule, scale, parameter, gradient, slotAt(slots, 0))
  else descendAdaptively(rule, scale, parameter, gradient, [slotAt(slots, 0), slotAt(slots, 1)])
}

function descendWithMomentum(
  { coupled, momentum, rate }: MomentumRule,
  scale: number,
  parameter: Float32Array,
  gradient: Float32Array,
  buffer: Float32Array,
): void {
  const n = parameter.length
  for (let i = 0; i < n; i++) {
    const p = parameter[i] as number
    const b = momentum * (buffer[i] as number) + scale * (gradient[i] as number) + coupled * p
    buffer[i] = b
    parameter[i] = p - rate * b
  }
}

function descendAdaptively(
  { betas, coupled, size, root, epsilon, decay, trust }: AdaptiveRule,
  scale: number,
  parameter: Float32Array,
  gradient: Float32Array,
  [m, v]: readonly [Float32Array, Float32Array],
): void {
  const [b1, b2] = betas
  const n = parameter.length
  // The norm of the complete direction is known only after it. Then weights change in a second loop.
  const directions = trust === undefined ? undefined : new Float64Array(n)
  let squares = 0
  for (let i = 0; i < n; i++) {
    const p = parameter[i] as number
    const g = scale * (gradient[i] as number) + coupled * p
    const first = b1 * (m[i] as number) + (1 - b1) * g
    const second = b2 * (v[i] as number) + (1 - b2) * g * g
    m[i] = first
    v[i] = second
    const direction = (size * first) / (Math.sqrt(second) * root + epsilon) + decay * p
    if (directions === undefined) parameter[i] = p - direction
    else {
      directions[i] = direction
      squares += direction * direction
    }
  }
  if (directions === undefined || trust === undefined) return
  const step = trust * trustRatio(squaredNorm(parameter), squares)
  for (let i = 0; i < n; i++) parameter[i] = (parameter[i] as number) - step * (directions[i] as number)
}

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

/** The slot of that position; absent only if the caller broke the contract. */
export function slotAt(slots: readonly Float32Array[], index: number): Float32Array {
  const slot = slots[index]
  if (!slot) throw new Error(`optimizer state has no slot ${index}`)
  return slot
}

export function addInPlace(sum: Float32Array, x: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (x[i] as number)
}
