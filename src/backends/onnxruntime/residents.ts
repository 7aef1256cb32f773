/**
 * Weights, moments and gradients that stay with ONNX Runtime between steps, in memory that it reads and
 * writes where it is.
 */
import { gradientScale, type UpdateRule } from '../../run/update-rule.ts'
import type { Block } from '../foreign/memory.ts'
import { isZero } from '../foreign/zeros.ts'
import { product } from '../tfjs/layout.ts'
import { type NamedRows, RowSum, type Table } from './row-sum.ts'
import type { Runtime } from './runtime.ts'
import type { UpdateRoom, WeightGroup } from './update-room.ts'

/** The weight itself, or a moment of it. */
export type Place = 0 | 1 | 2

interface Held {
  readonly group: WeightGroup
  readonly shape: readonly number[]
  /** Over the weight. */
  readonly value: number
  /** What is assigned. */
  readonly places: Set<Place>
}

/** A sum of gradients, where the first of them was written; or of some rows. */
interface WholeSum {
  readonly value: number
  readonly data: Float32Array
}

/**
 * The memory for the first gradient of a step. It is reused: otherwise the host would collect garbage every
 * few gradients.
 */
interface Home extends WholeSum {
  readonly block: Block
}
type Sum = WholeSum | RowSum

/**
 * Bytes of a gradient from which on it is left to the runtime, which makes it where values of the forward
 * pass were.
 */
const mostHome = 2 ** 21

export class Residents {
  private readonly runtime: Runtime
  private readonly room: UpdateRoom
  private readonly held = new Map<string, Held>()
  private readonly sums = new Map<string, Sum>()
  private readonly homes = new Map<string, Home>()
  private readonly rooms = new Map<string, Float32Array>()

  constructor(runtime: Runtime, room: UpdateRoom) {
    this.runtime = runtime
    this.room = room
  }

  /** Whether weights can be updated here. */
  get updates(): boolean {
    return this.room.updates
  }

  /**
   * Copies values. A weight of a new shape takes the place of one of that name, whose values are gone then.
   */
  assign(name: string, place: Place, data: Float32Array, shape: readonly number[]): void {
    const known = this.held.get(name)
    const held = known?.shape.join() === shape.join() ? known : this.anew(name, shape, data.length)
    held.places.add(place)
    if (place !== 0) held.group.forgetMoments()
    const own = arrayAt(held, place)
    // Moments of a large table are zeros at first, and most of its rows stay so: memory that was never
    // written takes none.
    if (place === 0 || !isZero(data) || !isZero(own)) own.set(data)
  }

  /** The value of a weight, for a run. */
  value(name: string): number {
    return this.of(name).value
  }

  /** A copy. */
  read(name: string, place: Place): Float32Array {
    return arrayAt(this.of(name), place).slice()
  }

  release(name: string, place: Place): void {
    const held = this.held.get(name)
    if (held === undefined) return
    held.places.delete(place)
    if (held.places.size === 0) this.forget(name)
  }

  /** A weight with its moments. */
  forget(name: string): void {
    if (!this.sums.has(name)) this.giveUpHome(name)
    this.rooms.delete(name)
    const held = this.held.get(name)
    if (held === undefined) return
    this.held.delete(name)
    this.runtime.functions.releaseValue(held.value)
    held.group.free()
  }

  /**
   * A value to which a run writes a gradient. 0 if the run has to allocate it, because there is a sum already
   * or it is large.
   */
  gradientValue(name: string, shape: readonly number[]): number {
    if (this.sums.has(name)) return 0
    const length = product(shape)
    return 4 * length > mostHome ? 0 : this.home(name, shape).value
  }

  /** Takes a sum that was computed elsewhere, in place of what is there. Copies the numbers. */
  replaceSum(name: string, numbers: Float32Array, shape: readonly number[]): void {
    if (this.sums.has(name)) throw new Error(`the sum of ${name} was not forgotten`)
    const home = this.home(name, shape)
    home.data.set(numbers)
    this.sums.set(name, home)
  }

  private home(name: string, shape: readonly number[]): Home {
    const length = product(shape)
    const known = this.homes.get(name)
    if (known?.data.length === length) return known
    this.giveUpHome(name)
    const block = this.runtime.memory.allocate(4 * length, true)
    const data = block.floats(length)
    const home = { block, data, value: this.runtime.valueOf('f32', data, shape) }
    this.homes.set(name, home)
    return home
  }

  /** Takes a gradient that a run has written, and adds it to what is there. */
  add(name: string, value: number, length: number): void {
    const home = this.homes.get(name)
    if (home?.value === value) {
      this.sums.set(name, home)
      return
    }
    const address = this.runtime.made((out) => this.runtime.functions.getTensorMutableData(value, out))
    const data = new Float32Array(this.runtime.view(address, 4 * length))
    const sum = this.sums.get(name)
    if (sum === undefined || sum instanceof RowSum) {
      sum?.addTo(data)
      this.sums.set(name, { value, data })
      return
    }
    this.room.add(sum.data, data)
    this.runtime.functions.releaseValue(value)
  }

  /** Takes the rows of a gradient that is zeros elsewhere, and adds them to what is there. */
  addRows(name: string, rows: NamedRows, table: Table): void {
    const sum = this.sums.get(name)
    if (sum === undefined) this.sums.set(name, new RowSum(table, rows, this.rooms.get(name)))
    else if (sum instanceof RowSum) sum.add(rows)
    else new RowSum(table, rows).addTo(sum.data)
  }

  squares(names: readonly string[]): readonly number[] {
    return this.room.squares(names.map((name) => gradientsOf(this.sum(name))))
  }

  /** Not a copy. */
  gradient(name: string): Float32Array {
    const sum = this.sum(name)
    return sum instanceof RowSum ? sum.whole() : sum.data
  }

  /** To be finished by `finishUpdates`. */
  update(name: string, rule: UpdateRule): void {
    if (rule.kind !== 'adaptive') throw new Error(`no update for ${name}`)
    const sum = this.sum(name)
    const { group } = this.of(name)
    const scale = gradientScale(rule, () => Math.sqrt(this.room.squares([gradientsOf(sum)])[0] ?? Number.NaN))
    // Zeros times no number are none.
    if (sum instanceof RowSum && rule.coupled === 0 && Number.isFinite(scale))
      group.updateRows(rule, sum, scale)
    else group.update(rule, this.gradient(name), scale)
  }

  finishUpdates(): void {
    this.room.finish()
  }

  forgetSums(): void {
    for (const [name, sum] of this.sums) {
      if (sum instanceof RowSum) this.rooms.set(name, sum.room)
      else if (sum !== this.homes.get(name)) this.runtime.functions.releaseValue(sum.value)
    }
    this.sums.clear()
  }

  /** Of values that are assigned, and gradients. */
  size(): { readonly count: number; readonly bytes: number } {
    let [count, bytes] = [0, 0]
    for (const { group, places } of this.held.values()) {
      count += places.size
      bytes += places.size * group.weight.byteLength
    }
    for (const sum of new Set([...this.homes.values(), ...this.sums.values()])) {
      count++
      bytes += sum instanceof RowSum ? sum.bytes : sum.data.byteLength
    }
    return { count, bytes }
  }

  dispose(): void {
    this.forgetSums()
    for (const name of [...this.held.keys()]) this.forget(name)
    for (const name of [...this.homes.keys()]) this.giveUpHome(name)
    this.room.dispose()
  }

  /** A sum in this memory is lost then. */
  private giveUpHome(name: string): void {
    const home = this.homes.get(name)
    if (home === undefined) return
    if (this.sums.get(name) === home) this.sums.delete(name)
    this.homes.delete(name)
    this.runtime.functions.releaseValue(home.value)
    home.block.free()
  }

  private sum(name: string): Sum {
    const sum = this.sums.get(name)
    if (sum === undefined) throw new Error(`no gradient of ${name} was summed`)
    return sum
  }

  private anew(name: string, shape: readonly number[], length: number): Held {
    this.forget(name)
    const group = this.room.allocate(length)
    const value = this.runtime.valueOf('f32', group.weight, shape)
    const held: Held = { group, shape, value, places: new Set() }
    this.held.set(name, held)
    return held
  }

  private of(name: string): Held {
    const held = this.held.get(name)
    if (held === undefined) throw new Error(`no value ${name}`)
    return held
  }
}

function arrayAt({ group }: Held, place: Place): Float32Array {
  return place === 0 ? group.weight : group.moments[place === 1 ? 0 : 1]
}

function gradientsOf(sum: Sum): Float32Array | RowSum {
  return sum instanceof RowSum ? sum : sum.data
}
