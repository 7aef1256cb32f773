/** Updates of weights by compiled kernels, on the runtime's threads: all of a step in one call. */
import type { AdaptiveRule } from '../../../run/update-rule.ts'
import { piece, rowLength, squaresRow } from '../../compiled/update-kernels.ts'
import type { Block } from '../../foreign/memory.ts'
import { movedRows } from '../../wasm/update-memory.ts'
import { RowSum } from '../row-sum.ts'
import type { Runtime } from '../runtime.ts'
import type { Gradients, UpdateRoom, WeightGroup } from '../update-room.ts'
import { KernelCaller } from './caller.ts'
import type { CompiledOperators } from './operators.ts'

/** A row of the table that `adaptive_update_all` reads. */
type UpdateRow = readonly number[]

export class CompiledUpdates implements UpdateRoom {
  readonly updates = true
  private readonly runtime: Runtime
  private readonly caller: KernelCaller
  private readonly rows: UpdateRow[] = []
  /** Gradients of them, which have to be there until all is done. */
  private readonly gradients: Gradients[] = []
  private elements = 0
  private table: Block | undefined

  constructor(runtime: Runtime, operators: CompiledOperators, threads: number) {
    this.runtime = runtime
    this.caller = new KernelCaller(runtime, operators, threads)
  }

  allocate(length: number): WeightGroup {
    const blocks = [0, 1, 2].map(() => this.runtime.memory.allocate(4 * length, true))
    const [weight, first, second] = blocks.map((block) => block.floats(length))
    if (weight === undefined || first === undefined || second === undefined)
      throw new Error('no room for a weight')
    const places = blocks.map(({ address }) => address)
    let moved: Uint8Array | undefined
    const enter = (
      rule: AdaptiveRule,
      gradient: Gradients,
      scale: number,
      table: readonly number[],
    ): void => {
      const values = gradient instanceof RowSum ? gradient.room : gradient
      const [p = 0, m = 0, v = 0] = places
      const terms = [scale, rule.coupled, 1 - rule.betas[0], 1 - rule.betas[1]]
      const numbers = [...terms, rule.size, rule.root, rule.epsilon, rule.decay]
      this.rows.push([p, this.runtime.addressOf(values), m, v, length, ...numbers, ...table])
      this.gradients.push(gradient)
      this.elements += length
    }
    return {
      weight,
      moments: [first, second],
      update: (rule, gradient, scale) => {
        moved = undefined
        enter(rule, gradient, scale, [0, 0, 0, 0])
      },
      updateRows: (rule, gradient, scale) => {
        const { width } = gradient.table
        moved ??= movedRows([first, second], gradient.table)
        const marks = this.runtime.addressOf(moved)
        enter(rule, gradient, scale, [0, marks, width, this.runtime.addressOf(gradient.placesOfRows())])
      },
      forgetMoments: () => {
        moved = undefined
      },
      free: () => {
        for (const block of blocks) block.free()
      },
    }
  }

  squares(gradients: readonly Gradients[]): readonly number[] {
    const lengths = gradients.map((one) =>
      one instanceof RowSum ? one.table.rows * one.table.width : one.length,
    )
    const pieces = lengths.reduce((sum, length) => sum + Math.ceil(length / piece), 0)
    const end = squaresRow * gradients.length
    const { address, numbers } = this.tableOf(end + gradients.length + pieces)
    gradients.forEach((one, i) => {
      const places =
        one instanceof RowSum ? [0, one.table.width, this.runtime.addressOf(one.placesOfRows())] : [0, 0, 0]
      const values = one instanceof RowSum ? one.room : one
      numbers.set([this.runtime.addressOf(values), lengths[i] ?? 0, ...places], squaresRow * i)
    })
    const out = address + 8 * end
    const elements = gradients.reduce(
      (sum, one) => sum + (one instanceof RowSum ? one.room.length : one.length),
      0,
    )
    this.caller.call('squares_of_all', [address, gradients.length, out, out + 8 * gradients.length], elements)
    return Array.from(numbers.subarray(end, end + gradients.length))
  }

  add(sum: Float32Array, more: Float32Array): void {
    const places = [sum, more].map((one) => this.runtime.addressOf(one))
    this.caller.call('add_to', [...places, more.length], more.length)
  }

  finish(): void {
    if (this.rows.length === 0) return
    const { address, numbers } = this.tableOf(rowLength * this.rows.length)
    this.rows.forEach((row, i) => {
      numbers.set(row, rowLength * i)
    })
    this.caller.call('adaptive_update_all', [address, this.rows.length], this.elements)
    this.rows.length = 0
    this.gradients.length = 0
    this.elements = 0
  }

  dispose(): void {
    this.caller.dispose()
    this.table?.free()
  }

  private tableOf(length: number): { readonly address: number; readonly numbers: Float64Array } {
    if (this.table === undefined || this.table.bytes < 8 * length) {
      this.table?.free()
      this.table = this.runtime.memory.allocate(16 * length, true)
    }
    return { address: this.table.address, numbers: this.table.doubles(length) }
  }
}
