/**
 * Stochastic gradient descent with momentum, as torch.optim.SGD (no dampening, no Nesterov; Sutskever et al.
 * 2013 for momentum):
 *
 *   g <- g + decay * p
 *   b <- momentum * b + g
 *   p <- p - rate * b
 */
import type { Optimizer } from './optimizer.ts'

export const sgd: Optimizer = {
  kind: 'sgd',
  slots: ['momentum'],
  clipsEachParameter: false,
  rule: ({ rate, settings, scale }) => {
    const { momentum, weightDecay: coupled } = settings
    return { kind: 'momentum', scale, coupled, momentum, rate }
  },
}
