/**
 * LAMB (You et al. 2020, algorithm 2, with phi the identity): Adam's direction, decay added to it, scaled for
 * each parameter by the trust ratio of the two norms (1 where either is 0):
 *
 *   m <- b1 m + (1 - b1) g            v <- b2 v + (1 - b2) g^2
 *   u <- (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon) + decay * p
 *   p <- p - rate * (|p| / |u|) * u
 *
 * ALBERT's and MobileBERT's code (lamb_optimizer.py) does otherwise in two things, both of which are settings
 * here: it leaves out both corrections (`bias_correction = off`), and the ratio for the parameters that have
 * no decay (`trust = off`).
 */
import { biasCorrections, moments, type Optimizer } from './optimizer.ts'

export const lamb: Optimizer = {
  kind: 'lamb',
  slots: moments,
  clipsEachParameter: false,
  rule: (context) => {
    const { rate, settings, scale } = context
    const { betas, epsilon, weightDecay, trust = true, biasCorrection = true } = settings
    const { first, root } = biasCorrection ? biasCorrections(context) : { first: 1, root: 1 }
    const rule = { kind: 'adaptive', scale, coupled: 0, betas, root, epsilon } as const
    if (trust) return { ...rule, size: first, decay: weightDecay, trust: rate }
    return { ...rule, size: rate * first, decay: rate * weightDecay }
  },
}
