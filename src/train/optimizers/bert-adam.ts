/**
 * BertAdam of pytorch-pretrained-bert (Devlin et al.'s AdamWeightDecayOptimizer), which TinyBERT uses: no
 * bias correction, weight decay added to the update, and each parameter's gradient clipped by its own norm
 * (to 1 by default, not at all with `clip = none`):
 *
 *   g <- g * min(1, clip / (|g| + 1e-6))
 *   m <- b1 m + (1 - b1) g            v <- b2 v + (1 - b2) g^2
 *   p <- p - rate * (m / (sqrt(v) + epsilon) + decay * p)
 */
import { moments, type Optimizer } from './optimizer.ts'

export const bertAdam: Optimizer = {
  kind: 'bert_adam',
  slots: moments,
  clipsEachParameter: true,
  rule: ({ rate, settings, scale, clip }) => {
    const { betas, epsilon, weightDecay } = settings
    const decay = rate * weightDecay
    const limit = clip === undefined ? {} : { clip }
    return { kind: 'adaptive', scale, ...limit, coupled: 0, betas, size: rate, root: 1, epsilon, decay }
  },
}
