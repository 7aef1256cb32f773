/**
 * The update of one parameter from its gradient, as numbers, for the host or a device. Every optimizer of the
 * language is one of these formulas with its own coefficients. So a backend that has the formulas has all
 * optimizers.
 */

interface GradientTerms {
  /** What the gradient is multiplied by first: clipping by the global norm, the mean over micro-batches. */
  readonly scale: number
  /**
   * Largest norm of this parameter's gradient after that; longer ones are scaled down to it. No limit where
   * absent.
   */
  readonly clip?: number
  /** Weight decay as a part of the gradient: g <- scale * g + coupled * p */
  readonly coupled: number
}

/**
 * Adam and its kin:
 *
 *   m <- b1 m + (1 - b1) g            v <- b2 v + (1 - b2) g^2
 *   u <- size * m / (root * sqrt(v) + epsilon) + decay * p
 *   p <- p - u,  with `trust`:  p <- p - trust * (|p| / |u|) * u   (the ratio is 1 where a norm is 0)
 */
export interface AdaptiveRule extends GradientTerms {
  readonly kind: 'adaptive'
  readonly betas: readonly [number, number]
  readonly size: number
  readonly root: number
  readonly epsilon: number
  readonly decay: number
  readonly trust?: number
}

/** b <- momentum * b + g,  p <- p - rate * b */
export interface MomentumRule extends GradientTerms {
  readonly kind: 'momentum'
  readonly momentum: number
  readonly rate: number
}

export type UpdateRule = AdaptiveRule | MomentumRule

/** Below it, moments that vectors of float32 take for zero could count. */
const leastEpsilon = 1e-12

/**
 * Whether kernels in float32 that take moments below 1e-34 for zero may have the rule; otherwise it needs
 * float64.
 */
export function supportsFloat32(rule: UpdateRule): boolean {
  return rule.kind === 'momentum' || rule.epsilon >= leastEpsilon
}

/**
 * What a gradient of that norm is multiplied by: min(1, largest / (norm + 1e-6)), as
 * torch.nn.utils.clip_grad_norm_.
 */
export function clipFactor(norm: number, largest: number): number {
  return Math.min(1, largest / (norm + 1e-6))
}

/** The factor of a gradient under a rule. Its own norm is computed only if the rule limits it. */
export function gradientScale({ scale, clip }: UpdateRule, norm: () => number): number {
  return clip === undefined ? scale : scale * clipFactor(scale * norm(), clip)
}

/** LAMB's ratio of the norms of a parameter and of its direction, from their squares. */
export function trustRatio(parameterSquares: number, directionSquares: number): number {
  return parameterSquares > 0 && directionSquares > 0 ? Math.sqrt(parameterSquares / directionSquares) : 1
}
