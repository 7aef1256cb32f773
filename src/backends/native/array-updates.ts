/** Updates of weights by host code on their own memory: what there is without a C compiler. */
import type { Device, Held } from '../../run/device.ts'
import type { UpdateKernels } from '../../run/device-updater.ts'
import { squaredNorm, updatePlainly } from '../../run/plain-update.ts'
import { gradientScale } from '../../run/update-rule.ts'
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
      on([x], ([a]) => {
        if (a) total = squaredNorm(a)
      })
      return total
    },
    supports: () => true,
    update: (rule, parameter, gradient, slots, squares) => {
      const scale = gradientScale(rule, () => Math.sqrt(squares))
      on([parameter, gradient, ...slots], ([p, g, ...own]) => {
        if (p && g) updatePlainly(rule, scale, p, g, own)
      })
    },
  }
}
