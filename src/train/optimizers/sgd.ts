/**
 * Stochastic gradient descent with momentum, as torch.optim.SGD (no dampening, no Nesterov; Sutskever et al. 2013 for momentum):
 *
 *   g <- g + decay * p
 *   b <- momentum * b + g
 *   p <- p - rate * b
 */
import { type Optimizer, slotAt } from './optimizer.ts'

export const sgd: Optimizer = {
  kind: 'sgd',
  slots: ['momentum'],
  clipsEachParameter: false,
  update(parameter, gradient, slots, { rate, settings, scale = 1 }) {
    const buffer = slotAt(slots, 0)
    const { momentum, weightDecay } = settings
    const n = parameter.length
    for (let i = 0; i < n; i++) {
      const p = parameter[i] as number
      const b = momentum * (buffer[i] as number) + scale * (gradient[i] as number) + weightDecay * p
      buffer[i] = b
      parameter[i] = p - rate * b
    }
  },
}
