/**
 * AdamW: Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2), in the order of torch.optim.AdamW:
 *
 *   p <- p - rate * decay * p
 *   m <- b1 m + (1 - b1) g            v <- b2 v + (1 - b2) g^2
 *   p <- p - rate / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + epsilon)
 *
 * In float32 vectors where the engine has them; `plainAdamW` is the formula in float64, their reference.
 */
import { adamwUpdate } from '../../backends/wasm/adamw.ts'
import { type Optimizer, slotAt } from './optimizer.ts'

export const plainAdamW: Optimizer['update'] = (
  parameter,
  gradient,
  slots,
  { rate, update, settings, scale = 1 },
) => {
  const m = slotAt(slots, 0)
  const v = slotAt(slots, 1)
  const [b1, b2] = settings.betas
  const { epsilon, weightDecay } = settings
  const keep = 1 - rate * weightDecay
  const size = rate / (1 - b1 ** update)
  const root = 1 / Math.sqrt(1 - b2 ** update)
  const n = parameter.length
  for (let i = 0; i < n; i++) {
    const g = scale * (gradient[i] as number)
    const first = b1 * (m[i] as number) + (1 - b1) * g
    const second = b2 * (v[i] as number) + (1 - b2) * g * g
    m[i] = first
    v[i] = second
    parameter[i] = (parameter[i] as number) * keep - (size * first) / (Math.sqrt(second) * root + epsilon)
  }
}

/** Below it, moments that the vectors take for zero could count. */
const leastEpsilon = 1e-12

export const adamw: Optimizer = {
  kind: 'adamw',
  slots: ['first_moment', 'second_moment'],
  clipsEachParameter: false,
  update(parameter, gradient, slots, context) {
    const { rate, update, settings, scale = 1 } = context
    const { epsilon, weightDecay } = settings
    const vectors = epsilon >= leastEpsilon ? adamwUpdate() : undefined
    if (vectors === undefined) return plainAdamW(parameter, gradient, slots, context)
    const [b1, b2] = settings.betas
    vectors(parameter, gradient, slotAt(slots, 0), slotAt(slots, 1), {
      scale,
      gain1: 1 - b1,
      gain2: 1 - b2,
      decay: rate * weightDecay,
      size: rate / (1 - b1 ** update),
      root: 1 / Math.sqrt(1 - b2 ** update),
      epsilon,
    })
  },
}
