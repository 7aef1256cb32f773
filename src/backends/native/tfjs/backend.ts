/**
 * A backend of TensorFlow.js whose values are in native memory: oneDNN gets their addresses, host code gets
 * views of the same memory. References to values are counted, as kernels of TensorFlow.js expect, and freed
 * memory is reused at once.
 */
import {
  type BackendValues,
  backend_util,
  buffer,
  type DataId,
  DataStorage,
  type DataType,
  engine,
  KernelBackend,
  kernel_impls,
  type Rank,
  type Tensor,
  type TensorBuffer,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core'
import type { View } from '../../../run/device.ts'
import type { Block, NativeMemory } from '../../foreign/memory.ts'
import { product } from '../../tfjs/layout.ts'
import type { Native } from '../native.ts'
import { Computations } from './computations.ts'

/**
 * What a value is made of. Kernels of TensorFlow.js's plain backend read `values` and set
 * `complexTensorInfos`.
 */
class Content {
  readonly dtype: DataType
  readonly size: number
  refCount: number
  /** Of complex64: its parts, owned by it. */
  complexTensorInfos: { real: TensorInfo; imag: TensorInfo } | undefined
  /** Of strings, as UTF-8. A place that was never set has none. */
  strings: Uint8Array[]
  readonly block: Block | undefined

  constructor(dtype: DataType, size: number, refCount: number, memory: NativeMemory) {
    this.dtype = dtype
    this.size = size
    this.refCount = refCount
    this.strings = []
    this.block =
      dtype === 'string' || dtype === 'complex64'
        ? undefined
        : memory.allocate(size * (dtype === 'bool' ? 1 : 4))
  }

  /** A view of the memory itself, valid until the value is disposed of; a copy is what `readSync` gives. */
  get values(): View | Uint8Array[] {
    const { block, size } = this
    if (block === undefined) return this.strings
    if (this.dtype === 'float32') return block.floats(size)
    return this.dtype === 'int32' ? block.integers(size) : block.octets(size)
  }
}

export class NativeBackend extends KernelBackend {
  readonly data: DataStorage<Content>
  readonly native: Native
  readonly computations: Computations
  /** Side of the blocks in which host code multiplies matrices. */
  readonly blockSize = 48

  constructor(native: Native) {
    super()
    this.native = native
    this.data = new DataStorage<Content>(this, engine())
    this.computations = new Computations(native.engine)
  }

  /** A value with undefined content, for a kernel to fill. */
  output(shape: readonly number[], dtype: DataType): TensorInfo {
    const dataId = {}
    this.data.set(dataId, new Content(dtype, product(shape), 1, this.native.memory))
    return { dataId, shape: [...shape], dtype }
  }

  override write(values: BackendValues | undefined, shape: number[], dtype: DataType): DataId {
    const dataId = {}
    this.move(dataId, values, shape, dtype, 1)
    return dataId
  }

  override move(
    dataId: DataId,
    values: BackendValues | undefined,
    shape: number[],
    dtype: DataType,
    refCount: number,
  ): void {
    const content = new Content(dtype, product(shape), refCount, this.native.memory)
    if (values !== undefined && values !== null) fill(content, values)
    this.data.set(dataId, content)
  }

  /** `values`: absent for a value whose content comes later; text may be given as such. */
  makeTensorInfo(shape: number[], dtype: DataType, values?: BackendValues | string[]): TensorInfo {
    const encoded =
      values !== undefined && dtype === 'string'
        ? [...values].map((value) => (typeof value === 'string' ? util.encodeString(value) : value))
        : values
    return { dataId: this.write(encoded as BackendValues | undefined, shape, dtype), shape, dtype }
  }

  /**
   * `value`, or its content converted where that is of another type: the plain backend calls integers real
   * numbers without touching them.
   */
  settled(value: TensorInfo): TensorInfo {
    const content = this.data.get(value.dataId)
    if (content.dtype === value.dtype || content.block === undefined) return value
    const made = this.makeTensorInfo(value.shape, value.dtype, content.values)
    this.disposeIntermediateTensorInfo(value)
    return made
  }

  /** What kernels of TensorFlow.js's plain backend make tensors with. */
  makeOutput<T extends Tensor>(values: BackendValues, shape: number[], dtype: DataType): T {
    return engine().makeTensorFromTensorInfo(this.makeTensorInfo(shape, dtype, values), this) as T
  }

  override async read(dataId: DataId): Promise<BackendValues> {
    return this.readSync(dataId)
  }

  override readSync(dataId: DataId): BackendValues {
    const { complexTensorInfos: parts, values } = this.data.get(dataId)
    if (parts === undefined) return values.slice()
    return backend_util.mergeRealAndImagArrays(
      this.readSync(parts.real.dataId) as Float32Array,
      this.readSync(parts.imag.dataId) as Float32Array,
    )
  }

  bufferSync<R extends Rank, D extends DataType>(tensor: TensorInfo): TensorBuffer<R, D> {
    const shape = tensor.shape as never
    const data = this.readSync(tensor.dataId)
    if (tensor.dtype !== 'string') return buffer(shape, tensor.dtype as D, data as never)
    return buffer(shape, tensor.dtype as D, decoded(data as Uint8Array[]) as never)
  }

  /** Indices of what is true, [found, rank] in int32. */
  where(condition: Tensor): Tensor {
    return kernel_impls.whereImpl(condition.shape, this.readSync(condition.dataId) as Uint8Array)
  }

  override refCount(dataId: DataId): number {
    return this.data.has(dataId) ? this.data.get(dataId).refCount : 0
  }

  override incRef(dataId: DataId): void {
    this.data.get(dataId).refCount++
  }

  decRef(dataId: DataId): void {
    if (this.data.has(dataId)) this.data.get(dataId).refCount--
  }

  /** Whether the value was released: it has no other holder, or `force` is set. */
  override disposeData(dataId: DataId, force = false): boolean {
    if (!this.data.has(dataId)) return true
    const content = this.data.get(dataId)
    content.refCount--
    if (!force && content.refCount > 0) return false
    const { complexTensorInfos: parts } = content
    if (parts !== undefined) {
      this.disposeData(parts.real.dataId, true)
      this.disposeData(parts.imag.dataId, true)
    }
    this.data.delete(dataId)
    content.block?.free()
    return true
  }

  disposeIntermediateTensorInfo({ dataId }: TensorInfo): void {
    this.disposeData(dataId)
  }

  override numDataIds(): number {
    return this.data.numDataIds()
  }

  override timerAvailable(): boolean {
    return true
  }

  override async time(body: () => void): ReturnType<KernelBackend['time']> {
    const start = util.now()
    body()
    return { kernelMs: util.now() - start }
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: false }
  }

  override floatPrecision(): 32 {
    return 32
  }

  override epsilon(): number {
    return 1e-7
  }

  override dispose(): void {
    this.computations.dispose()
    this.native.dispose()
  }
}

function fill(content: Content, values: BackendValues): void {
  const room = content.values
  if (Array.isArray(room)) content.strings = (values as Uint8Array[]).slice()
  else room.set(values as View)
}

function decoded(words: readonly Uint8Array[]): string[] {
  try {
    return words.map((word) => util.decodeString(word))
  } catch {
    throw new Error('Failed to decode encoded string bytes into utf-8')
  }
}
