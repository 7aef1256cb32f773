/** The updates of a wasm device: vector functions on the memory of weights, gradients and moments. */
import type { Device, Held } from '../../run/device.ts'
import type { UpdateKernels } from '../../run/device-updater.ts'
import { gradientScale, supportsFloat32, trustRatio, type UpdateRule } from '../../run/update-rule.ts'
import type { Addressed } from './memory.ts'
import { adaptiveNumbers, momentumNumbers } from './updates.ts'

const float = 4

/** `rewritten` is called for each parameter whose memory was overwritten. */
export function updateKernelsOn(
  { vectors, address, doubles }: Addressed,
  device: Device,
  rewritten: (held: Held) => void,
): UpdateKernels {
  /** Runs with room for two float64 and gives them. */
  const sums = (run: (out: number) => void): readonly [number, number] => {
    const room = device.allocate([4], 'float32')
    const out = address(room)
    doubles().fill(0, out / 8, out / 8 + 2)
    run(out)
    const [first = Number.NaN, second = Number.NaN] = doubles().subarray(out / 8, out / 8 + 2)
    device.release(room)
    return [first, second]
  }
  const sizeOf = ({ shape }: Held): number => shape.reduce((product, n) => product * n, 1)
  const slotAt = (slots: readonly Held[], place: number): number => {
    const slot = slots[place]
    if (slot === undefined) throw new Error(`a rule without slot ${place}`)
    return address(slot)
  }
  const update = (
    rule: UpdateRule,
    p: number,
    g: number,
    n: number,
    scale: number,
    slots: readonly Held[],
  ) => {
    if (rule.kind === 'momentum') {
      vectors.momentum_update(p, g, slotAt(slots, 0), n, ...momentumNumbers(rule, scale))
      return
    }
    const operands = [p, g, slotAt(slots, 0), slotAt(slots, 1), n, ...adaptiveNumbers(rule, scale)]
    if (rule.trust === undefined) {
      vectors.adaptive_update(...operands)
      return
    }
    const [weight, direction] = sums((out) => vectors.adaptive_direction(...operands, out))
    vectors.descend(p, g, n, rule.trust * trustRatio(weight, direction))
  }
  return {
    add: (sum, x) => {
      const [a, b] = [address(sum), address(x)]
      vectors.add(a, float, b, float, a, sizeOf(sum), 1, 0, 0)
    },
    squares: (x) => sums((out) => vectors.squares(address(x), sizeOf(x), out))[0],
    supports: supportsFloat32,
    update: (rule, parameter, gradient, slots, squares) => {
      const scale = gradientScale(rule, () => Math.sqrt(squares))
      update(rule, address(parameter), address(gradient), sizeOf(parameter), scale, slots)
      rewritten(parameter)
    },
  }
}
