/**
 * What the thread of the GPU does: TensorFlow.js holds the values and runs its own kernels and our programs,
 * in one queue.
 */

import type { WebGPUBackend, WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu'
import type { TensorInfo } from '@tensorflow/tfjs-core'
import { errorText } from '../../diagnostics/error-text.ts'
import { product } from '../tfjs/layout.ts'
import { BufferPool } from './buffer-pool.ts'
import { closeGpu, type OpenedGpu, openGpu } from './dawn.ts'
import { productProgram } from './product-program.ts'
import type { AdapterFact, Answers, Command, Operand, ProgramText, ValueId } from './protocol.ts'

type Core = Pick<typeof import('@tensorflow/tfjs-core'), 'getKernel' | 'env'>
type Dispatch = Extract<Command, { readonly do: 'dispatch' }>
type KernelCall = Extract<Command, { readonly do: 'kernel' }>

/** Dispatches that are handed to the driver together. */
const batch = 64

export class Engine {
  readonly adapter: AdapterFact
  /** The driver's error, which it reports some time after the command. */
  failure: string | undefined
  private readonly core: Core
  private readonly backend: WebGPUBackend
  private readonly device: GPUDevice
  private readonly pool: BufferPool<GPUBuffer>
  private readonly values = new Map<ValueId, TensorInfo>()
  private readonly programs = new Map<number, ProgramText>()
  private stopped = false

  private constructor(core: Core, backend: WebGPUBackend, { device, fact }: OpenedGpu) {
    this.core = core
    this.backend = backend
    this.device = device
    this.adapter = fact
    this.pool = new BufferPool((size, usage, mappedAtCreation) =>
      device.createBuffer({ size, usage, mappedAtCreation }),
    )
    const { bufferManager } = backend
    bufferManager.acquireBuffer = (size, usage, mapped = false, reuse = true) =>
      this.pool.acquire(size, usage, mapped, reuse)
    bufferManager.releaseBuffer = (buffer, reuse = true) => this.pool.release(buffer, reuse)
    bufferManager.dispose = () => this.pool.dispose()
    device.onuncapturederror = (event) => {
      // Else Dawn prints it.
      event.preventDefault()
      const { message } = event.error
      this.failure ??= message.split('\n')[0] ?? message
    }
    void device.lost.then(({ message }) => {
      if (!this.stopped) this.failure ??= `the GPU was lost: ${message}`
    })
  }

  /** Rejects if there is no WebGPU, or no TensorFlow.js for it. */
  static async start(): Promise<Engine> {
    const opened = await openGpu()
    const core = await import('@tensorflow/tfjs-core')
    const { WebGPUBackend } = await loaded()
    const { env } = core
    env().set('PROD', true)
    env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', batch)
    env().set('WEBGPU_CPU_FORWARD', false)
    return new Engine(core, new WebGPUBackend(opened.device, opened.info), opened)
  }

  run(command: Command): void {
    switch (command.do) {
      case 'make':
        this.make(command.value, command.data)
        return
      case 'free':
        this.backend.disposeData(this.valueOf(command.id).dataId)
        this.values.delete(command.id)
        return
      case 'define':
        this.programs.set(command.program, command.text)
        return
      case 'dispatch':
        this.dispatch(command)
        return
      case 'kernel':
        this.kernel(command)
    }
  }

  /** Copies all of them to the host together. */
  async read(wanted: readonly Operand[]): Promise<Answers['read']> {
    const { device } = this
    const buffers = wanted.map(({ id }) => this.bufferOf(id))
    const sizes = wanted.map(({ shape }) => 4 * product(shape))
    const total = sizes.reduce((sum, size) => sum + size, 0)
    this.submit()
    if (total === 0) return sizes.map(() => new ArrayBuffer(0))
    const staging = device.createBuffer({
      size: total,
      usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
    })
    const encoder = device.createCommandEncoder()
    let place = 0
    const places = sizes.map((size, i) => {
      const at = place
      const buffer = buffers[i]
      if (buffer !== undefined && size > 0) encoder.copyBufferToBuffer(buffer, 0, staging, at, size)
      place += size
      return at
    })
    device.queue.submit([encoder.finish()])
    await staging.mapAsync(GPUMapMode.READ)
    const bytes = staging.getMappedRange()
    const copies = places.map((at, i) => bytes.slice(at, at + (sizes[i] ?? 0)))
    staging.destroy()
    return copies
  }

  async settle(): Promise<undefined> {
    this.submit()
    await this.device.queue.onSubmittedWorkDone()
    return undefined
  }

  memory(): Answers['memory'] {
    const { used, allocated } = this.pool.bytes
    return { values: this.backend.numDataIds(), bytes: used, allocated }
  }

  /** Nothing runs afterwards. */
  stop(): undefined {
    this.stopped = true
    this.backend.dispose()
    closeGpu(this.device)
  }

  /** What was dispatched goes to the driver. */
  private submit(): void {
    this.backend.ensureCommandEncoderReady()
    this.backend.endComputePassEncoder()
    this.backend.submitQueue()
  }

  private make({ id, shape, dtype }: Operand, data: ArrayBuffer | undefined): void {
    const own = [...shape]
    const array = data && (dtype === 'float32' ? new Float32Array(data) : new Int32Array(data))
    const value = this.backend.makeTensorInfo(own, dtype, array)
    // Values that are on the host yet are computed with there, by other kernels.
    this.backend.uploadToGPU(value.dataId)
    this.values.set(id, value)
  }

  private dispatch({ program, operands, result, integers, floats, workgroups }: Dispatch): void {
    const text = this.programs.get(program)
    if (text === undefined) throw new Error(`program ${program} was not defined`)
    const code = programOf(program, text, product(result.shape), workgroups)
    const flat = (operand: Operand): TensorInfo => ({
      dataId: this.valueOf(operand.id).dataId,
      shape: [product(operand.shape)],
      dtype: operand.dtype,
    })
    const known = this.values.get(result.id)
    const into: TensorInfo =
      known === undefined ? this.backend.makeTensorInfo(code.outputShape, result.dtype) : flat(result)
    const numbers = [
      ...integers.map((value) => ({ type: 'int32', data: [value] })),
      ...floats.map((value) => ({ type: 'float32', data: [value] })),
    ]
    this.backend.runWebGPUProgram(code, operands.map(flat), result.dtype, numbers, into)
    if (known === undefined) this.values.set(result.id, into)
  }

  private kernel({ name, operands, attributes, result }: KernelCall): void {
    const kernel = this.core.getKernel(name, 'webgpu')
    if (kernel === null || kernel === undefined) throw new Error(`TensorFlow.js has no kernel ${name}`)
    const inputs = Object.fromEntries(
      Object.entries(operands).map(([key, { id, shape, dtype }]) => [
        key,
        { dataId: this.valueOf(id).dataId, shape: [...shape], dtype },
      ]),
    )
    this.core.env().set('WEBGPU_MATMUL_PROGRAM_TYPE', productProgram(operands, attributes))
    const made = kernel.kernelFunc({ inputs, backend: this.backend, attrs: { ...attributes } })
    const value = Array.isArray(made) ? made[0] : made
    if (value === undefined) throw new Error(`kernel ${name} gave nothing`)
    this.values.set(result, value)
  }

  private valueOf(id: ValueId): TensorInfo {
    const value = this.values.get(id)
    if (value === undefined) throw new Error(`value ${id} is not on the GPU`)
    return value
  }

  private bufferOf(id: ValueId): GPUBuffer {
    const { dataId } = this.valueOf(id)
    const { resource } = this.backend.tensorMap.get(dataId)
    if (resource instanceof GPUBuffer) return resource
    throw new Error(`value ${id} has no buffer`)
  }
}

async function loaded(): Promise<Pick<typeof import('@tensorflow/tfjs-backend-webgpu'), 'WebGPUBackend'>> {
  try {
    return await import('@tensorflow/tfjs-backend-webgpu')
  } catch (error) {
    if (/cannot find (package|module)/i.test(errorText(error)))
      throw new Error('the package @tensorflow/tfjs-backend-webgpu is not installed')
    throw error
  }
}

/** TensorFlow.js caches its pipeline by the key, and lays out the numbers as declared. */
function programOf(number: number, text: ProgramText, size: number, workgroups: number): WebGPUProgram {
  const declared = [
    ...text.integers.map((name) => `${name} : i32, `),
    ...text.floats.map((name) => `${name} : f32, `),
  ]
  return {
    shaderKey: `distill ${number}`,
    outputShape: [size],
    dispatchLayout: { x: [0] },
    dispatch: [workgroups, 1, 1],
    workgroupSize: [text.workgroup, 1, 1],
    variableNames: [...text.operands],
    uniforms: declared.join(''),
    getUserCode: () => text.code,
  }
}
