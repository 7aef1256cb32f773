/** Updates of weights where they lie: of this device with a compiler. */
import type { Held } from '../../../run/device.ts'
import type { UpdateKernels } from '../../../run/device-updater.ts'
import { bearsFloat32, gradientScale, trustRatio, type UpdateRule } from '../../../run/update-rule.ts'
import { product } from '../../tfjs/layout.ts'
import { addressOf } from '../device.ts'
import type { NativeMemory } from '../memory.ts'
import type { Functions } from './functions.ts'

/** `memory` has room for two sums, which live as long as it does. */
export function updateKernels(functions: Functions, memory: NativeMemory): UpdateKernels {
  const room = memory.allocate(16)
  const sums = room.doubles(2)
  const squares = functions.bind('squares')
  const adaptive = functions.bind('adaptive_update')
  const direction = functions.bind('adaptive_direction')
  const momentum = functions.bind('momentum_update')
  const descend = functions.bind('descend')
  const add = functions.bind('add_to')
  const sizeOf = ({ shape }: Held): number => product(shape)
  const update = (
    rule: UpdateRule,
    p: number,
    g: number,
    n: number,
    scale: number,
    slots: readonly number[],
  ) => {
    const [first = 0, second = 0] = slots
    if (rule.kind === 'momentum') {
      momentum(p, g, first, n, scale, rule.coupled, rule.momentum, rule.rate)
      return
    }
    const { coupled, betas, size, root, epsilon, decay, trust } = rule
    const numbers = [scale, coupled, 1 - betas[0], 1 - betas[1], size, root, epsilon, decay]
    if (trust === undefined) {
      adaptive(p, g, first, second, n, ...numbers)
      return
    }
    direction(p, g, first, second, n, ...numbers, room.address)
    descend(p, g, n, trust * trustRatio(sums[0] ?? Number.NaN, sums[1] ?? Number.NaN))
  }
  return {
    add: (sum, x) => {
      add(addressOf(sum), addressOf(x), sizeOf(sum))
    },
    squares: (x) => {
      squares(addressOf(x), sizeOf(x), room.address)
      return sums[0] ?? Number.NaN
    },
    supports: bearsFloat32,
    update: (rule, parameter, gradient, slots, squareSum) => {
      const needed = rule.kind === 'momentum' ? 1 : 2
      if (slots.length < needed) throw new Error(`a rule without slot ${slots.length}`)
      const scale = gradientScale(rule, () => Math.sqrt(squareSum))
      const [p, g] = [addressOf(parameter), addressOf(gradient)]
      update(rule, p, g, sizeOf(parameter), scale, slots.map(addressOf))
    },
  }
}
