/** Updates of weights by host code on their own memory, each element in float64: what there is without a C compiler. */
import type { Device, Held } from '../../run/device.ts'
import type { UpdateKernels } from '../../run/device-updater.ts'
import { type AdaptiveRule, gradientScale, type MomentumRule, trustRatio } from '../../run/update-rule.ts'
import { floats } from '../tfjs/kernel.ts'

export function arrayUpdates(device: Device): UpdateKernels {
  /** Views of values, to be written over. */
  const on = (values: readonly Held[], body: (views: readonly Float32Array[]) => void): void => {
    const [first] = values
    if (first === undefined) return
    const run = (views: Parameters<Parameters<Device['compute']>[3]>[0]): void => body(views.map(floats))
    device.release(device.compute(values, first.shape, 'float32', run, first))
  }
  return {
    add: (sum, x) =>
      on([sum, x], ([a, b]) => {
        if (a && b) for (let i = 0; i < a.length; i++) a[i] = (a[i] as number) + (b[i] as number)
      }),
    squares: (x) => {
      let total = 0
      on([x], ([a = new Float32Array()]) => {
        for (const value of a) total += value * value
      })
      return total
    },
    supports: () => true,
    update: (rule, parameter, gradient, slots, squares) => {
      const scale = gradientScale(rule, () => Math.sqrt(squares))
      on([parameter, gradient, ...slots], ([p, g, m, v]) => {
        if (p === undefined || g === undefined || m === undefined) throw new Error('a rule without its slots')
        if (rule.kind === 'momentum') descend(rule, scale, p, g, m)
        else if (v !== undefined) adapt(rule, scale, p, g, m, v)
      })
    },
  }
}

function descend(
  { coupled, momentum, rate }: MomentumRule,
  scale: number,
  p: Float32Array,
  g: Float32Array,
  b: Float32Array,
): void {
  for (let i = 0; i < p.length; i++) {
    const weight = p[i] as number
    const slope = momentum * (b[i] as number) + scale * (g[i] as number) + coupled * weight
    b[i] = slope
    p[i] = weight - rate * slope
  }
}

/** The direction goes into `g`: with a trust ratio it is known as a whole before a weight moves. */
function adapt(
  { betas, coupled, size, root, epsilon, decay, trust }: AdaptiveRule,
  scale: number,
  p: Float32Array,
  g: Float32Array,
  m: Float32Array,
  v: Float32Array,
): void {
  const [b1, b2] = betas
  let [weights, directions] = [0, 0]
  for (let i = 0; i < p.length; i++) {
    const weight = p[i] as number
    const slope = scale * (g[i] as number) + coupled * weight
    const first = b1 * (m[i] as number) + (1 - b1) * slope
    const second = b2 * (v[i] as number) + (1 - b2) * slope * slope
    m[i] = first
    v[i] = second
    const direction = (size * first) / (Math.sqrt(second) * root + epsilon) + decay * weight
    if (trust === undefined) p[i] = weight - direction
    else g[i] = direction
    weights += weight * weight
    directions += direction * direction
  }
  if (trust === undefined) return
  const step = trust * trustRatio(weights, directions)
  for (let i = 0; i < p.length; i++) p[i] = (p[i] as number) - step * (g[i] as number)
}
