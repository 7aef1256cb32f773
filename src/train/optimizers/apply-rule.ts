/**
 * Applies an update rule to arrays of the host, with float32 vectors if the engine has them, otherwise by its
 * formula in float64.
 */
import { hostUpdates } from '../../backends/wasm/host-update.ts'
import { slotAt, squaredNorm, updatePlainly } from '../../run/plain-update.ts'
import { gradientScale, supportsFloat32, trustRatio, type UpdateRule } from '../../run/update-rule.ts'

/** Changes `parameter` and `slots` in place, not `gradient`. */
export function applyRule(
  rule: UpdateRule,
  parameter: Float32Array,
  gradient: Float32Array,
  slots: readonly Float32Array[],
): void {
  const vectors = supportsFloat32(rule) ? hostUpdates() : undefined
  if (vectors === undefined) {
    applyPlainly(rule, parameter, gradient, slots)
    return
  }
  const scale = gradientScale(rule, () => Math.sqrt(squaredNorm(gradient)))
  if (rule.kind === 'momentum') {
    vectors.momentum(parameter, gradient, slotAt(slots, 0), rule, scale)
    return
  }
  const [first, second] = [slotAt(slots, 0), slotAt(slots, 1)]
  if (rule.trust === undefined) {
    vectors.update(parameter, gradient, first, second, rule, scale)
    return
  }
  const direction = vectors.direction(parameter, gradient, first, second, rule, scale)
  const step = rule.trust * trustRatio(squaredNorm(parameter), squaredNorm(direction))
  vectors.descend(parameter, direction, step)
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
