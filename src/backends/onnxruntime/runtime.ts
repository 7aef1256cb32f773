/** What every session builds on: the library, its environment, and memory that C and host code share. */

import { dataTypes, type OnnxDType } from '../../onnx/protobuf.ts'
import { readAddress } from '../foreign/addresses.ts'
import { loadForeign } from '../foreign/foreign.ts'
import { type Block, NativeMemory } from '../foreign/memory.ts'
import { type Signals, signalsOf } from '../foreign/signals.ts'
import { threadCount } from '../threads.ts'
import { type Functions, loadRuntime, type RuntimeLibrary } from './library.ts'
import { WordArray } from './word-array.ts'

/** Nothing is printed: what would be is thrown too. */
export const silent = 4
/** Dimensions that a shape may have. */
const mostDimensions = 16

export class Runtime {
  readonly memory: NativeMemory
  readonly signals: Signals
  readonly functions: Functions
  readonly library: RuntimeLibrary
  readonly environment: number
  private readonly cpu: number
  private readonly shape: WordArray
  private readonly result: WordArray
  readonly addressOf: (array: ArrayBufferView) => number
  /** Memory as host code sees it. */
  readonly view: (address: number, bytes: number) => ArrayBuffer
  readonly textAt: (address: number) => string

  /**
   * Rejects with E1120 if koffi or the library is missing. Its sessions share `threads`. The library has one
   * environment for each process. If there is one already, they share its threads.
   */
  static async open(threads = threadCount()): Promise<Runtime> {
    const foreign = await loadForeign('onnxruntime')
    return new Runtime(foreign, loadRuntime(foreign), threads)
  }

  private constructor(
    foreign: Awaited<ReturnType<typeof loadForeign>>,
    library: RuntimeLibrary,
    threads: number,
  ) {
    this.memory = new NativeMemory(foreign)
    this.signals = signalsOf(foreign, this.memory)
    this.library = library
    this.functions = library.functions
    this.addressOf = foreign.addressOf
    this.view = foreign.view
    this.textAt = foreign.text
    this.shape = this.words(mostDimensions)
    this.result = this.words(2)
    this.environment = this.madeEnvironment(threads)
    this.cpu = this.made((out) => this.functions.createCpuMemoryInfo(0, 0, out))
  }

  /** Threads of a session's own would wait for its next operator, at work, while another session computes. */
  private madeEnvironment(threads: number): number {
    const { functions } = this
    const options = this.made(functions.createThreadingOptions)
    try {
      functions.setGlobalIntraOpNumThreads(options, threads)
      functions.setGlobalInterOpNumThreads(options, 1)
      return this.made((out) => functions.createEnvWithGlobalThreadPools(silent, 'distill', options, out))
    } finally {
      functions.releaseThreadingOptions(options)
    }
  }

  words(count: number): WordArray {
    return new WordArray(this.memory.allocate(8 * count), count)
  }

  /** What a function makes. */
  made(make: (out: number) => void): number {
    make(this.result.address)
    return this.result.get(0)
  }

  /** What a function tells in two words. */
  told(ask: (first: number, second: number) => void): readonly [number, number] {
    const { address } = this.result
    this.result.set(1, 0)
    ask(address, address + 8)
    return [this.result.get(0), this.result.get(1)]
  }

  /**
   * A value over an array of the host, or of memory that host code sees, which has to be there as long. To be
   * released.
   */
  valueOf(type: OnnxDType, array: ArrayBufferView, shape: readonly number[]): number {
    this.shape.setAll(shape)
    return this.made((out) =>
      this.functions.createTensorWithDataAsOrtValue(
        this.cpu,
        // an array without elements has no address, and a value must have one
        this.addressOf(array) || this.shape.address,
        array.byteLength,
        this.shape.address,
        shape.length,
        dataTypes[type],
        out,
      ),
    )
  }

  /** Addresses in a row. */
  pointers(address: number, count: number): number[] {
    const words = new Int32Array(this.view(address, 8 * count))
    return Array.from({ length: count }, (_, place) => readAddress(words, place))
  }

  /** A C string, to be freed. */
  text(text: string): Block {
    return this.bytes(Buffer.from(`${text}\0`))
  }

  /** The same as paths are written on this system. */
  path(path: string): Block {
    return process.platform === 'win32' ? this.bytes(Buffer.from(`${path}\0`, 'utf16le')) : this.text(path)
  }

  private bytes(bytes: Uint8Array): Block {
    const block = this.memory.allocate(bytes.length)
    block.octets(bytes.length).set(bytes)
    return block
  }

  /** Runs C code that signals must not interrupt. */
  uninterrupted<T>(body: () => T): T {
    this.signals.hold()
    try {
      return body()
    } finally {
      this.signals.deliver()
    }
  }

  dispose(): void {
    this.functions.releaseMemoryInfo(this.cpu)
    this.functions.releaseEnv(this.environment)
    this.memory.dispose()
  }
}
