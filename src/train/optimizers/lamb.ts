/**
 * LAMB (You et al. 2020, algorithm 2, with phi the identity): Adam's direction, decay added to it, scaled for each parameter by the
 * trust ratio of the two norms (1 where either is 0):
 *
 *   m <- b1 m + (1 - b1) g            v <- b2 v + (1 - b2) g^2
 *   u <- (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon) + decay * p
 *   p <- p - rate * (|p| / |u|) * u
 */
import { squaredNorm } from '../clip.ts'
import { type Optimizer, slotAt } from './optimizer.ts'

export const lamb: Optimizer = {
  kind: 'lamb',
  slots: ['first_moment', 'second_moment'],
  clipsEachParameter: false,
  update(parameter, gradient, slots, { rate, update, settings, scale = 1 }) {
    const m = slotAt(slots, 0)
    const v = slotAt(slots, 1)
    const [b1, b2] = settings.betas
    const { epsilon, weightDecay } = settings
    const first = 1 / (1 - b1 ** update)
    const second = 1 / (1 - b2 ** update)
    const n = parameter.length
    const direction = new Float64Array(n)
    let squares = 0
    for (let i = 0; i < n; i++) {
      const g = scale * (gradient[i] as number)
      const mean = b1 * (m[i] as number) + (1 - b1) * g
      const square = b2 * (v[i] as number) + (1 - b2) * g * g
      m[i] = mean
      v[i] = square
      const u =
        (mean * first) / (Math.sqrt(square * second) + epsilon) + weightDecay * (parameter[i] as number)
      direction[i] = u
      squares += u * u
    }
    const size = Math.sqrt(squaredNorm(parameter))
    const length = Math.sqrt(squares)
    const trust = size > 0 && length > 0 ? size / length : 1
    for (let i = 0; i < n; i++) {
      parameter[i] = (parameter[i] as number) - rate * trust * (direction[i] as number)
    }
  },
}
