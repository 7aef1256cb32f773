/** Updates of weights in place, for a device with a compiler. */
import type { Held } from '../../run/device.ts'
import type { DeviceUpdate, UpdateKernels } from '../../run/device-updater.ts'
import { gradientScale, supportsFloat32, trustRatio, type UpdateRule } from '../../run/update-rule.ts'
import { addressOf, blockOf } from '../foreign/held.ts'
import type { NativeMemory, WrittenRows } from '../foreign/memory.ts'
import { product } from '../tfjs/layout.ts'
import type { Functions } from './functions.ts'

/**
 * Numbers in a row of the table that `adaptive_update_all` reads, and of the one that `squares_of_all` does.
 */
export const rowLength = 17
export const squaresRow = 5
/** Elements of a piece, of which sums are made (prelude.ts). */
export const piece = 16384

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
  const markRows = functions.bind('mark_rows')
  const addRows = functions.bind('add_rows')
  /**
   * Where the marks are of rows whose moments are not zeros. They stay with the first moment: moments that
   * come from elsewhere are other blocks.
   */
  const movedRows = (first: Held, second: Held, { rows, width }: WrittenRows): number => {
    const [own, other] = [blockOf(first), blockOf(second)]
    const known = own.rowsBeside(other)
    if (known !== undefined) return known.address
    const marks = memory.allocate(rows, true)
    markRows(own.address, other.address, marks.address, rows, width)
    own.remember(marks, other)
    return marks.address
  }
  const updateOne = ({ rule, parameter, gradient, slots, squares: squareSum }: DeviceUpdate): void => {
    const needed = rule.kind === 'momentum' ? 1 : 2
    if (slots.length < needed) throw new Error(`a rule without slot ${slots.length}`)
    const scale = gradientScale(rule, () => Math.sqrt(squareSum))
    for (const slot of slots) blockOf(slot).forget()
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
      const sparse = rule.coupled === 0 ? blockOf(gradient).sparse : undefined
      if (sparse === undefined) blockOf(first).forget()
      numbers[at] = addressOf(parameter)
      numbers[at + 1] = sparse?.address ?? addressOf(gradient)
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
      numbers[at + 13] = sparse?.written.marks.address ?? 0
      numbers[at + 14] = sparse === undefined ? 0 : movedRows(first, second, sparse.written)
      numbers[at + 15] = sparse?.written.width ?? 0
      numbers[at + 16] = 0
    }
    if (rows > 0) adaptiveAll(table.address, rows)
  }
  return {
    add: (sum, x) => {
      const [whole, part] = [blockOf(sum).sparse, blockOf(x).sparse]
      if (whole !== undefined && part !== undefined) {
        const { marks, rows, width } = whole.written
        addRows(whole.address, marks.address, part.address, part.written.marks.address, rows, width)
        return
      }
      add(addressOf(sum), addressOf(x), sizeOf(sum))
    },
    squares: (x) => {
      squares(addressOf(x), sizeOf(x), room.address)
      return sums[0] ?? Number.NaN
    },
    supports: supportsFloat32,
    squaresOfAll: (values) => {
      const count = values.length
      const end = squaresRow * count
      const pieces = values.reduce((sum, value) => sum + Math.ceil(sizeOf(value) / piece), 0)
      const numbers = table.ofLength(end + count + pieces)
      for (const [i, value] of values.entries()) {
        const at = squaresRow * i
        const sparse = blockOf(value).sparse
        numbers[at] = sparse?.address ?? addressOf(value)
        numbers[at + 1] = sizeOf(value)
        numbers[at + 2] = sparse?.written.marks.address ?? 0
        numbers[at + 3] = sparse?.written.width ?? 0
        numbers[at + 4] = 0
      }
      squaresOfAll(table.address, count, table.address + 8 * end, table.address + 8 * (end + count))
      return Array.from(numbers.subarray(end, end + count))
    },
    update: (rule, parameter, gradient, slots, squareSum) =>
      updateOne({ rule, parameter, gradient, slots, squares: squareSum }),
    updateAll,
  }
}
