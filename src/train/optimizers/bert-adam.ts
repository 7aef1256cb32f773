/**
 * BertAdam of pytorch-pretrained-bert (Devlin et al.'s AdamWeightDecayOptimizer), which TinyBERT uses: no bias correction, weight decay
 * added to the update, and each parameter's gradient clipped by its own norm (1.0 unless the spec says otherwise):
 *
 *   g <- g * min(1, clip / (|g| + 1e-6))
 *   m <- b1 m + (1 - b1) g            v <- b2 v + (1 - b2) g^2
 *   p <- p - rate * (m / (sqrt(v) + epsilon) + decay * p)
 */
import { clipFactor, squaredNorm } from '../clip.ts'
import { type Optimizer, slotAt } from './optimizer.ts'

export const bertAdam: Optimizer = {
  kind: 'bert_adam',
  slots: ['first_moment', 'second_moment'],
  clipsEachParameter: true,
  update(parameter, gradient, slots, { rate, settings, clip = 1, scale = 1 }) {
    const m = slotAt(slots, 0)
    const v = slotAt(slots, 1)
    const [b1, b2] = settings.betas
    const { epsilon, weightDecay } = settings
    const factor = scale * clipFactor(scale * Math.sqrt(squaredNorm(gradient)), clip)
    const n = parameter.length
    for (let i = 0; i < n; i++) {
      const p = parameter[i] as number
      const g = (gradient[i] as number) * factor
      const first = b1 * (m[i] as number) + (1 - b1) * g
      const second = b2 * (v[i] as number) + (1 - b2) * g * g
      m[i] = first
      v[i] = second
      parameter[i] = p - rate * (first / (Math.sqrt(second) + epsilon) + weightDecay * p)
    }
  },
}
