/**
 * AdamW: Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2), in the order of
 * torch.optim.AdamW:
 *
 *   m <- b1 m + (1 - b1) g            v <- b2 v + (1 - b2) g^2
 *   p <- p - rate * decay * p - rate / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + epsilon)
 */
import { biasCorrections, moments, type Optimizer } from './optimizer.ts'

export const adamw: Optimizer = {
  kind: 'adamw',
  slots: moments,
  clipsEachParameter: false,
  rule: (context) => {
    const { rate, settings, scale } = context
    const { betas, epsilon, weightDecay } = settings
    const { first, root } = biasCorrections(context)
    const decay = rate * weightDecay
    return { kind: 'adaptive', scale, coupled: 0, betas, size: rate * first, root, epsilon, decay }
  },
}
