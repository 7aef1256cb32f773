/** An update rule on arrays of the host: in float32 vectors where the engine has them, else by its formula in float64. */
import { hostUpdate } from '../../backends/wasm/host-update.ts'
import {
  type AdaptiveRule,
  bearsFloat32,
  gradientScale,
  type MomentumRule,
  trustRatio,
  type UpdateRule,
} from '../../run/update-rule.ts'
import { squaredNorm } from '../clip.ts'

/** Changes `parameter` and `slots` in place; `gradient` is left alone. */
export function applyRule(
  rule: UpdateRule,
  parameter: Float32Array,
  gradient: Float32Array,
  slots: readonly Float32Array[],
): void {
  const vectors =
    rule.kind === 'adaptive' && rule.trust === undefined && bearsFloat32(rule) ? hostUpdate() : undefined
  if (rule.kind !== 'adaptive' || vectors === undefined) {
    applyPlainly(rule, parameter, gradient, slots)
    return
  }
  const scale = gradientScale(rule, () => Math.sqrt(squaredNorm(gradient)))
  vectors(parameter, gradient, slotAt(slots, 0), slotAt(slots, 1), rule, scale)
}

/** The formula, each element in float64 and rounded to float32 once: what kernels are compared with. */
export function applyPlainly(
  rule: UpdateRule,
  parameter: Float32Array,
  gradient: Float32Array,
  slots: readonly Float32Array[],
): void {
  const scale = gradientScale(rule, () => Math.sqrt(squaredNorm(gradient)))
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
  // The norm of the whole direction is known only after it: then weights move in a second pass.
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

/** The slot of that position; absent only if the caller broke the contract. */
function slotAt(slots: readonly Float32Array[], index: number): Float32Array {
  const slot = slots[index]
  if (!slot) throw new Error(`optimizer state has no slot ${index}`)
  return slot
}
