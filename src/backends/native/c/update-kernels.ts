/** Updates of weights where they lie: of this device with a compiler. */
import type { Held } from '../../../run/device.ts'
import type { DeviceUpdate, UpdateKernels } from '../../../run/device-updater.ts'
import { bearsFloat32, gradientScale, trustRatio, type UpdateRule } from '../../../run/update-rule.ts'
import { product } from '../../tfjs/layout.ts'
import { addressOf } from '../device.ts'
import type { NativeMemory } from '../memory.ts'
import type { Functions } from './functions.ts'

/** Numbers in a row of the table that `adaptive_update_all` reads. */
const rowLength = 16

/** A table of numbers for a call in C; as large as the largest one yet. */
class Table {
  private readonly memory: NativeMemory
  private room: ReturnType<NativeMemory['allocate']> | undefined
  private numbers: Float64Array = new Float64Array()
  address = 0

  constructor(memory: NativeMemory) {
    this.memory = memory
  }

  ofLength(length: number): Float64Array {
    if (this.numbers.length < length) {
      this.room?.free()
      this.room = this.memory.allocate(8 * length, true)
      this.numbers = this.room.doubles(length)
      this.address = this.room.address
    }
    return this.numbers
  }
}

/** `memory` has room for two sums and for tables, which live as long as it does. */
export function updateKernels(functions: Functions, memory: NativeMemory): UpdateKernels {
  const room = memory.allocate(16)
  const sums = room.doubles(2)
  const squares = functions.bind('squares')
  const adaptive = functions.bind('adaptive_update')
  const direction = functions.bind('adaptive_direction')
  const momentum = functions.bind('momentum_update')
  const descend = functions.bind('descend')
  const add = functions.bind('add_to')
  const table = new Table(memory)
  const adaptiveAll = functions.bind('adaptive_update_all')
  const squaresOfAll = functions.bind('squares_of_all')
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
  const updateOne = ({ rule, parameter, gradient, slots, squares: squareSum }: DeviceUpdate): void => {
    const needed = rule.kind === 'momentum' ? 1 : 2
    if (slots.length < needed) throw new Error(`a rule without slot ${slots.length}`)
    const scale = gradientScale(rule, () => Math.sqrt(squareSum))
    const [p, g] = [addressOf(parameter), addressOf(gradient)]
    update(rule, p, g, sizeOf(parameter), scale, slots.map(addressOf))
  }
  const updateAll = (updates: readonly DeviceUpdate[]): void => {
    const numbers = table.ofLength(rowLength * updates.length)
    let rows = 0
    for (const one of updates) {
      const { rule, parameter, gradient, slots } = one
      const [first, second] = slots
      if (
        rule.kind !== 'adaptive' ||
        rule.trust !== undefined ||
        first === undefined ||
        second === undefined
      ) {
        updateOne(one)
        continue
      }
      const at = rowLength * rows++
      numbers[at] = addressOf(parameter)
      numbers[at + 1] = addressOf(gradient)
      numbers[at + 2] = addressOf(first)
      numbers[at + 3] = addressOf(second)
      numbers[at + 4] = sizeOf(parameter)
      numbers[at + 5] = gradientScale(rule, () => Math.sqrt(one.squares))
      numbers[at + 6] = rule.coupled
      numbers[at + 7] = 1 - rule.betas[0]
      numbers[at + 8] = 1 - rule.betas[1]
      numbers[at + 9] = rule.size
      numbers[at + 10] = rule.root
      numbers[at + 11] = rule.epsilon
      numbers[at + 12] = rule.decay
    }
    if (rows > 0) adaptiveAll(table.address, rows)
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
    squaresOfAll: (values) => {
      const count = values.length
      const numbers = table.ofLength(3 * count)
      for (const [i, value] of values.entries()) {
        numbers[2 * i] = addressOf(value)
        numbers[2 * i + 1] = sizeOf(value)
      }
      squaresOfAll(table.address, count, table.address + 8 * 2 * count)
      return Array.from(numbers.subarray(2 * count, 3 * count))
    },
    update: (rule, parameter, gradient, slots, squareSum) =>
      updateOne({ rule, parameter, gradient, slots, squares: squareSum }),
    updateAll,
  }
}
