/**
 * Values in native memory as the executor sees them: kernels in C take addresses, kernels over typed arrays
 * take views of the same memory.
 */

import type { Device, Held, View } from '../../run/device.ts'
import type { DeviceDType } from '../../run/site.ts'
import { blockOf } from '../foreign/held.ts'
import type { Block, NativeMemory } from '../foreign/memory.ts'
import { isZero } from '../foreign/zeros.ts'
import { product } from '../tfjs/layout.ts'
import { Shelf } from './shelf.ts'

function viewOf(held: Held): View {
  const block = blockOf(held)
  const length = product(held.shape)
  if (held.dtype === 'float32') return block.floats(length)
  return held.dtype === 'int32' ? block.integers(length) : block.octets(length)
}

/** Bytes of zeros from which on it is worth asking the system for them. */
const manyZeros = 2 ** 20

export class NativeDevice implements Device {
  readonly name = 'native'
  readonly keepsParameters = true
  private readonly pool: NativeMemory
  private readonly shelf = new Shelf()
  /** Places of blocks in its file, with the values at that time. */
  private readonly places = new WeakMap<Block, number>()
  /** Those that are read from there. */
  private readonly shelved = new WeakSet<Block>()
  private blocks = 0
  private bytes = 0
  private most = 0

  constructor(pool: NativeMemory) {
    this.pool = pool
  }

  allocate(shape: readonly number[], dtype: DeviceDType, lasts = false): Held {
    const block = this.pool.allocate(product(shape) * (dtype === 'bool' ? 1 : 4), lasts)
    this.blocks++
    this.count(block.bytes)
    return { dataId: block, shape: [...shape], dtype }
  }

  upload(data: View, shape: readonly number[], dtype: DeviceDType, lasts = false): Held {
    if (data.length !== product(shape))
      throw new Error(`${data.length} elements do not fill shape [${shape}]`)
    const held = this.allocate(shape, dtype, lasts)
    // The moments of a large table are zeros at first, and many of its rows stay so.
    if (
      lasts &&
      data.byteLength >= manyZeros &&
      data instanceof Float32Array &&
      isZero(data) &&
      blockOf(held).zero()
    )
      return held
    viewOf(held).set(data)
    return held
  }

  /**
   * Frees the memory of a value that can be rebuilt from another one. When it is requested, `restore` writes
   * it to an address. For parameters of which only a packed copy is read.
   */
  shed(held: Held, restore: (address: number) => void): void {
    const block = blockOf(held)
    if (block.isShed) return
    this.count(-block.bytes)
    this.shelved.delete(block)
    block.shed(({ address }) => {
      this.count(block.bytes)
      restore(address)
    })
  }

  /**
   * The same for a value that cannot be rebuilt: a file has it meanwhile. It stays where the file has no
   * room.
   */
  shelve(held: Held): void {
    const block = blockOf(held)
    if (block.isShed) return
    if (!block.hasRefill) {
      const place = this.shelf.put(block.octets(block.bytes), this.places.get(block))
      if (place === undefined) return
      this.places.set(block, place)
      this.count(-block.bytes)
      this.shelved.add(block)
      block.shed((own) => {
        this.count(own.bytes)
        this.shelf.take(place, own.octets(own.bytes))
      })
    } else {
      this.count(-block.bytes)
      block.shedAgain()
    }
  }

  /** As `shelve`, also for a value that is rebuilt from a form that is not kept. */
  setAside(held: Held): void {
    const block = blockOf(held)
    if (block.isShed && this.shelved.has(block)) return
    void block.address
    this.rewritten(held)
    this.shelve(held)
  }

  /** The value has changed: it is no longer rebuilt from its source. */
  rewritten(held: Held): void {
    const block = blockOf(held)
    block.keep()
    this.shelved.delete(block)
  }

  alias(held: Held, shape: readonly number[]): Held {
    const block = blockOf(held)
    if (block.references === 0) throw new Error('alias of a value that was released')
    block.references++
    return { dataId: block, shape: [...shape], dtype: held.dtype }
  }

  release(held: Held): void {
    const block = blockOf(held)
    if (block.references === 0) throw new Error('a value was released twice')
    if (--block.references > 0) return
    this.blocks--
    if (!block.isShed) this.count(-block.bytes)
    block.free()
  }

  isSole(held: Held): boolean {
    return blockOf(held).references === 1
  }

  compute(
    inputs: readonly Held[],
    shape: readonly number[],
    dtype: DeviceDType,
    body: (views: readonly View[], output: View) => void,
    over?: Held,
  ): Held {
    const result = over === undefined ? this.allocate(shape, dtype) : this.alias(over, shape)
    body(inputs.map(viewOf), viewOf(result))
    return result
  }

  /** A copy of what was shed. */
  view(held: Held): View {
    return blockOf(held).isShed ? this.read(held) : viewOf(held)
  }

  /** What was shed is shed again after it was read. */
  read(held: Held): View {
    const block = blockOf(held)
    const { isShed } = block
    const copy = viewOf(held).slice()
    if (isShed && !block.isShed) {
      this.count(-block.bytes)
      block.shedAgain()
    }
    return copy
  }

  kernel(name: string): Held {
    throw new Error(`the native backend has no kernel ${name} of TensorFlow.js`)
  }

  memory(): { readonly tensors: number; readonly bytes: number } {
    return { tensors: this.blocks, bytes: this.bytes }
  }

  peak(): number {
    return this.most
  }

  forgetPeak(): void {
    this.most = this.bytes
  }

  /** Values that were shelved are gone then. */
  dispose(): void {
    this.shelf.dispose()
  }

  private count(bytes: number): void {
    this.bytes += bytes
    if (this.bytes > this.most) this.most = this.bytes
  }
}
