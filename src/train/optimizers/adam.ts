/**
 * Adam (Kingma and Ba 2015, algorithm 1); weight decay, where set, is the L2 term of torch.optim.Adam, part
 * of the gradient:
 *
 *   g <- g + decay * p
 *   m <- b1 m + (1 - b1) g            v <- b2 v + (1 - b2) g^2
 *   p <- p - rate / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + epsilon)
 */
import { biasCorrections, moments, type Optimizer } from './optimizer.ts'

export const adam: Optimizer = {
  kind: 'adam',
  slots: moments,
  clipsEachParameter: false,
  rule: (context) => {
    const { rate, settings, scale } = context
    const { betas, epsilon, weightDecay: coupled } = settings
    const { first, root } = biasCorrections(context)
    return { kind: 'adaptive', scale, coupled, betas, size: rate * first, root, epsilon, decay: 0 }
  },
}
