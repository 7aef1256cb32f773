/**
 * Values on the GPU for the executor: numbers here, buffers in the thread. The thread executes commands in
 * order, while this one continues.
 */

import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { errorText } from '../../diagnostics/error-text.ts'
import { gpuFailed, valueTooLargeForGpu } from '../../diagnostics/messages/backends.ts'
import type { Device, Held, KernelAttributes, View } from '../../run/device.ts'
import type { DeviceDType } from '../../run/site.ts'
import { product } from '../tfjs/layout.ts'
import { withoutWarnings } from './driver-warnings.ts'
import { elementGroup, groupsFor } from './nest.ts'
import type { AdapterFact, Answers, Kind, Operand, ProgramText, Requests } from './protocol.ts'
import { GpuThread } from './thread.ts'

/** What a data id is on this device. */
class Value {
  readonly id: number
  readonly bytes: number
  references = 1
  /** The values given by the host, if they are few and kernels need them. */
  integers: Int32Array | undefined

  constructor(id: number, bytes: number) {
    this.id = id
    this.bytes = bytes
  }
}

export interface Program {
  readonly number: number
  readonly text: ProgramText
}

/** The numbers of a dispatch, in the order of the program's names. */
export interface Numbers {
  readonly integers: readonly number[]
  readonly floats?: readonly number[]
}

/** A result to be made, or to be written over. */
export type Result = Pick<Held, 'shape' | 'dtype'> | Held

interface Pending {
  readonly held: Held
  view?: View
}

const bytesPerElement = 4

function gpuValue({ dataId }: Held): Value {
  if (dataId instanceof Value) return dataId
  throw new Error('a value of another device')
}

/** A value that another call gave too: writing to one is writing to both. */
export function isSame(a: Held, b: Held): boolean {
  return a.dataId === b.dataId
}

export class WebGpuDevice implements Device {
  readonly name = 'webgpu'
  readonly adapter: AdapterFact
  private readonly thread: GpuThread
  private readonly programs = new Map<string, Program>()
  private pending: Pending[] = []
  private ids = 0
  private values = 0
  private bytes = 0
  private most = 0
  private waits = 0

  private constructor(thread: GpuThread, adapter: AdapterFact) {
    this.thread = thread
    this.adapter = adapter
  }

  /** Rejects if there is no WebGPU, with the reason. */
  static async open(): Promise<WebGpuDevice> {
    return withoutWarnings(() => {
      const thread = new GpuThread()
      try {
        return new WebGpuDevice(thread, thread.ask('start', {}))
      } catch (error) {
        thread.abandon()
        throw error
      }
    })
  }

  /** How often the host has waited for values since the device was opened. */
  get readBacks(): number {
    return this.waits
  }

  allocate(shape: readonly number[], dtype: DeviceDType): Held {
    const held = this.hold(shape, dtype)
    this.thread.send({ do: 'make', value: stored(held) })
    return held
  }

  upload(data: View, shape: readonly number[], dtype: DeviceDType): Held {
    if (data.length !== product(shape))
      throw new Error(`${data.length} elements do not fill shape [${shape}]`)
    const held = this.hold(shape, dtype)
    if (data instanceof Int32Array) gpuValue(held).integers = data.slice()
    const copy = copyOf(data, dtype)
    this.thread.send({ do: 'make', value: stored(held), data: copy }, copy)
    return held
  }

  alias(held: Held, shape: readonly number[]): Held {
    const value = gpuValue(held)
    if (value.references === 0) throw new Error('alias of a value that was released')
    value.references++
    return { dataId: value, shape: [...shape], dtype: held.dtype }
  }

  release(held: Held): void {
    const value = gpuValue(held)
    if (value.references === 0) throw new Error('a value was released twice')
    if (--value.references > 0) return
    this.values--
    this.bytes -= value.bytes
    this.thread.send({ do: 'free', id: value.id })
  }

  isSole(held: Held): boolean {
    return gpuValue(held).references === 1
  }

  compute(
    inputs: readonly Held[],
    shape: readonly number[],
    dtype: DeviceDType,
    body: (views: readonly View[], output: View) => void,
  ): Held {
    const output = emptyView(dtype, product(shape))
    const later = inputs.map((input) => this.readLater(input))
    body(
      later.map((view) => view()),
      output,
    )
    return this.upload(output, shape, dtype)
  }

  /**
   * Integers that came from the host, without asking the GPU for them; undefined for those that were
   * computed.
   */
  givenIntegers(held: Held): Int32Array | undefined {
    return gpuValue(held).integers
  }

  /** A value of zeros. */
  zeros(result: Pick<Held, 'shape' | 'dtype'>): Held {
    const zero = result.dtype === 'float32' ? '0.0' : '0'
    const program = this.program(`zeros ${zero}`, () => ({
      operands: [],
      integers: ['elements'],
      floats: [],
      workgroup: elementGroup,
      code: `fn main(index : i32) { if (index < uniforms.elements) { result[index] = ${zero}; } }`,
    }))
    const size = product(result.shape)
    return this.dispatch(program, [], result, groupsFor(size), { integers: [size] })
  }

  read(held: Held): View {
    return this.readLater(held)()
  }

  /**
   * The value at this moment. It is copied to the host with all other requested values when the first of them
   * is read.
   */
  readLater(held: Held): () => View {
    const entry: Pending = { held: this.alias(held, held.shape) }
    this.pending.push(entry)
    return () => {
      if (entry.view === undefined) this.fetch()
      if (entry.view === undefined) throw new Error('a value was not read')
      return entry.view
    }
  }

  settle(): void {
    this.ask('settle', {})
  }

  kernel(name: string): Held {
    throw new Error(
      `${name}: kernels of TensorFlow.js are called by \`library\` here, which needs the shape of the result`,
    )
  }

  /** Runs a kernel of TensorFlow.js whose result has the given shape. */
  library(
    name: string,
    inputs: { readonly [name: string]: Held },
    attributes: KernelAttributes,
    shape: readonly number[],
  ): Held {
    const held = this.hold(shape, 'float32')
    const operands = Object.fromEntries(Object.entries(inputs).map(([key, input]) => [key, operandOf(input)]))
    this.thread.send({ do: 'kernel', name, operands, attributes, result: gpuValue(held).id })
    return held
  }

  /** The program of a key, which is made once. */
  program(key: string, make: () => ProgramText): Program {
    const known = this.programs.get(key)
    if (known !== undefined) return known
    const program = { number: this.programs.size, text: make() }
    this.programs.set(key, program)
    this.thread.send({ do: 'define', program: program.number, text: program.text })
    return program
  }

  /**
   * Runs a program in so many workgroups. Gives the result: a new value, or a further reference to the one
   * that is written over.
   */
  dispatch(
    { number, text }: Program,
    inputs: readonly Held[],
    result: Result,
    workgroups: number,
    { integers, floats = [] }: Numbers,
  ): Held {
    if (inputs.length !== text.operands.length || integers.length !== text.integers.length)
      throw new Error(
        `program ${number}: ${inputs.length} operands and ${integers.length} numbers were given`,
      )
    if (product(result.shape) === 0)
      return 'dataId' in result ? this.alias(result, result.shape) : this.allocate(result.shape, result.dtype)
    const held = 'dataId' in result ? this.alias(result, result.shape) : this.hold(result.shape, result.dtype)
    this.thread.send({
      do: 'dispatch',
      program: number,
      operands: inputs.map(operandOf),
      result: operandOf(held),
      integers,
      floats,
      workgroups,
    })
    return held
  }

  memory(): { readonly tensors: number; readonly bytes: number } {
    return { tensors: this.values, bytes: this.bytes }
  }

  /** The thread's memory, as it counts itself. */
  threadMemory(): Answers['memory'] {
    return this.ask('memory', {})
  }

  peak(): number {
    return this.most
  }

  forgetPeak(): void {
    this.most = this.bytes
  }

  dispose(): void {
    for (const { held } of this.pending.splice(0)) this.release(held)
    this.thread.dispose()
  }

  private fetch(): void {
    const entries = this.pending
    this.pending = []
    this.waits++
    const copies = this.ask('read', { values: entries.map(({ held }) => operandOf(held)) })
    entries.forEach((entry, i) => {
      entry.view = viewOf(copies[i] ?? new ArrayBuffer(0), entry.held.dtype)
      this.release(entry.held)
    })
  }

  private ask<K extends Kind>(kind: K, request: Requests[K]): Answers[K] {
    try {
      return this.thread.ask(kind, request)
    } catch (error) {
      throw new DiagnosticError(gpuFailed({ adapter: this.adapter.description, reason: errorText(error) }))
    }
  }

  private hold(shape: readonly number[], dtype: DeviceDType): Held {
    const bytes = product(shape) * bytesPerElement
    const { largestValue, description } = this.adapter
    if (bytes > largestValue)
      throw new DiagnosticError(
        valueTooLargeForGpu({ adapter: description, shape, bytes, largest: largestValue }),
      )
    this.values++
    this.bytes += bytes
    this.most = Math.max(this.most, this.bytes)
    return { dataId: new Value(this.ids++, bytes), shape: [...shape], dtype }
  }
}

function operandOf(held: Held): Operand {
  return { id: gpuValue(held).id, shape: held.shape, dtype: held.dtype }
}

/** How it is stored: a value without elements has one, as buffers of no bytes cannot be given to a kernel. */
function stored(held: Held): Operand {
  return { ...operandOf(held), shape: [Math.max(1, product(held.shape))] }
}

function emptyView(dtype: DeviceDType, length: number): View {
  if (dtype === 'float32') return new Float32Array(length)
  return dtype === 'int32' ? new Int32Array(length) : new Uint8Array(length)
}

/** As the GPU has it, where a `bool` is an integer. */
function copyOf(data: View, dtype: DeviceDType): ArrayBuffer {
  const length = Math.max(1, data.length)
  const copy = dtype === 'float32' ? new Float32Array(length) : new Int32Array(length)
  copy.set(data)
  return copy.buffer
}

function viewOf(bytes: ArrayBuffer, dtype: DeviceDType): View {
  if (dtype === 'float32') return new Float32Array(bytes)
  const integers = new Int32Array(bytes)
  return dtype === 'int32' ? integers : Uint8Array.from(integers)
}
