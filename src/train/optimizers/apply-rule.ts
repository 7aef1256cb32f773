/**
 * Applies an update rule to arrays of the host, with float32 vectors if the engine has them, otherwise by its
 * formula in float64.
 */
import { hostUpdates } from '../../backends/wasm/host-update.ts'
import { slotAt, squaredNorm, updatePlainly } from '../../run/plain-update.ts'
import { gradientScale, supportsFloat32, type UpdateRule } from '../../run/update-rule.ts'

/** Changes `parameter` and `slots` in place, not `gradient`. */
export function applyRule(
  rule: UpdateRule,
  parameter: Float32Array,
  gradient: Float32Array,
  slots: readonly Float32Array[],
): void {
  const vectors =
    rule.kind === 'adaptive' && rule.trust === undefined && supportsFloat32(rule)
      ? hostUpdates()?.update
      : undefined
  if (rule.kind !== 'adaptive' || vectors === undefined) {
    applyPlainly(rule, parameter, gradient, slots)
    return
  }
  const scale = gradientScale(rule, () => Math.sqrt(squaredNorm(gradient)))
  vectors(parameter, gradient, slotAt(slots, 0), slotAt(slots, 1), rule, scale)
}

/** The formula, in float64. */
export function applyPlainly(
  rule: UpdateRule,
  parameter: Float32Array,
  gradient: Float32Array,
  slots: readonly Float32Array[],
): void {
  const scale = gradientScale(rule, () => Math.sqrt(squaredNorm(gradient)))
  updatePlainly(rule, scale, parameter, gradient, slots)
}
