/**
 * LAMB (You et al. 2020, algorithm 2, with phi the identity): Adam's direction, decay added to it, scaled for each parameter by the
 * trust ratio of the two norms (1 where either is 0):
 *
 *   m <- b1 m + (1 - b1) g            v <- b2 v + (1 - b2) g^2
 *   u <- (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon) + decay * p
 *   p <- p - rate * (|p| / |u|) * u
 */
import { biasCorrections, moments, type Optimizer } from './optimizer.ts'

export const lamb: Optimizer = {
  kind: 'lamb',
  slots: moments,
  clipsEachParameter: false,
  rule: (context) => {
    const { rate: trust, settings, scale } = context
    const { betas, epsilon, weightDecay: decay } = settings
    const { first: size, root } = biasCorrections(context)
    return { kind: 'adaptive', scale, coupled: 0, betas, size, root, epsilon, decay, trust }
  },
}
