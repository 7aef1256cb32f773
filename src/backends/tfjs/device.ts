/**
 * A backend of TensorFlow.js as a device: its memory through data ids and reference counts, its kernels
 * through the registry, nothing through its engine. Live references are counted here beside the backend's own
 * count of data ids.
 */

import type { KernelBackend, NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core'
import type { Device, Held, KernelAttributes, View } from '../../run/device.ts'
import type { DeviceDType } from '../../run/site.ts'
import { product } from './layout.ts'

/** The part of tfjs-core that is needed, loaded when a run begins. */
export type Core = Pick<typeof import('@tensorflow/tfjs-core'), 'getKernel'>

/** A view of a value's memory without a copy; absent if the memory is outside the process. */
export type ViewOf = (held: Held) => View

export interface DeviceTraits {
  readonly viewOf?: ViewOf
  /** `write` copies what it is given (wasm), instead of keeping the very array. */
  readonly copies?: boolean
  /**
   * Whether a value has a shape behind its data id (TensorFlow). Then another shape is another value, made by
   * the kernel Reshape.
   */
  readonly shaped?: boolean
}

interface Live {
  references: number
  readonly bytes: number
}

export class TfjsDevice implements Device {
  readonly name: string
  private readonly core: Core
  private readonly backend: KernelBackend
  private readonly traits: DeviceTraits
  private readonly live = new Map<object, Live>()
  private bytes = 0
  private most = 0
  private readonly foreign: number

  constructor(name: string, core: Core, backend: KernelBackend, traits: DeviceTraits = {}) {
    this.name = name
    this.core = core
    this.backend = backend
    this.traits = traits
    this.foreign = backend.numDataIds()
  }

  allocate(shape: readonly number[], dtype: DeviceDType): Held {
    const values = this.traits.copies === true ? null : emptyView(dtype, product(shape))
    return this.write(values, shape, dtype)
  }

  upload(data: View, shape: readonly number[], dtype: DeviceDType): Held {
    if (data.length !== product(shape))
      throw new Error(`${data.length} elements do not fill shape [${shape}]`)
    // If the backend keeps the array itself, a change on the host would change it on the device.
    return this.write(this.traits.copies === true ? data : data.slice(), shape, dtype)
  }

  alias(held: Held, shape: readonly number[]): Held {
    if (this.traits.shaped === true && shape.join() !== held.shape.join())
      return this.kernel('Reshape', { x: held }, { shape: [...shape] })
    this.backend.incRef(held.dataId)
    const live = this.live.get(held.dataId)
    if (live === undefined) throw new Error('alias of a value that was released')
    live.references++
    return { dataId: held.dataId, shape: [...shape], dtype: held.dtype }
  }

  release(held: Held): void {
    const live = this.live.get(held.dataId)
    if (live === undefined) throw new Error('a value was released twice')
    this.backend.disposeData(held.dataId)
    if (--live.references > 0) return
    this.live.delete(held.dataId)
    this.bytes -= live.bytes
  }

  isSole(held: Held): boolean {
    return this.live.get(held.dataId)?.references === 1
  }

  compute(
    inputs: readonly Held[],
    shape: readonly number[],
    dtype: DeviceDType,
    body: (views: readonly View[], output: View) => void,
    over?: Held,
  ): Held {
    const { viewOf } = this.traits
    if (viewOf !== undefined) {
      const result = over === undefined ? this.allocate(shape, dtype) : this.alias(over, shape)
      body(inputs.map(viewOf), viewOf(result))
      return result
    }
    const output = emptyView(dtype, product(shape))
    body(
      inputs.map((input) => this.read(input)),
      output,
    )
    return this.write(output, shape, dtype)
  }

  read(held: Held): View {
    const values = this.backend.readSync(held.dataId)
    if (values instanceof Float32Array || values instanceof Int32Array || values instanceof Uint8Array)
      return this.traits.copies === true ? values : values.slice()
    throw new Error(`a value of dtype ${held.dtype} cannot be read`)
  }

  kernel(name: string, inputs: { readonly [name: string]: Held }, attributes: KernelAttributes): Held {
    const kernel = this.core.getKernel(name, this.name)
    if (kernel === null || kernel === undefined) throw new Error(`backend ${this.name} has no kernel ${name}`)
    const result = kernel.kernelFunc({
      inputs: { ...inputs },
      backend: this.backend,
      attrs: attributes as NamedAttrMap,
    })
    const info = Array.isArray(result) ? result[0] : result
    if (info === undefined) throw new Error(`kernel ${name} gave nothing`)
    return this.adopt(info)
  }

  /** Data ids beyond those that the backend held before; bytes of what is held through this device. */
  memory(): { readonly tensors: number; readonly bytes: number } {
    return { tensors: this.backend.numDataIds() - this.foreign, bytes: this.bytes }
  }

  peak(): number {
    return this.most
  }

  forgetPeak(): void {
    this.most = this.bytes
  }

  private write(values: View | null, shape: readonly number[], dtype: DeviceDType): Held {
    const own = [...shape]
    // The wasm backend allocates without writing when values are null, which the type of `write` does not
    // say.
    const dataId = this.backend.write(values as View, own, dtype)
    return this.hold({ dataId, shape: own, dtype })
  }

  private adopt(info: TensorInfo): Held {
    const { dataId, shape, dtype } = info
    if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool')
      throw new Error(`a kernel gave dtype ${dtype}`)
    const held: Held = { dataId, shape, dtype }
    const live = this.live.get(dataId)
    if (live === undefined) return this.hold(held)
    // The kernel gave back its input's memory (a reshape): it has counted one more reference, so do we.
    live.references++
    return held
  }

  private hold(held: Held): Held {
    const bytes = product(held.shape) * (held.dtype === 'bool' ? 1 : 4)
    this.live.set(held.dataId, { references: 1, bytes })
    this.bytes += bytes
    this.most = Math.max(this.most, this.bytes)
    return held
  }
}

function emptyView(dtype: DeviceDType, length: number): View {
  if (dtype === 'float32') return new Float32Array(length)
  return dtype === 'int32' ? new Int32Array(length) : new Uint8Array(length)
}
