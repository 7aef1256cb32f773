/** oneDNN's engine and stream on the processor, and the number of threads. */

import { readAddress } from '../foreign/addresses.ts'
import type { Foreign, ForeignLibrary } from '../foreign/foreign.ts'
import type { NativeMemory } from '../foreign/memory.ts'
import { type Signals, signalsOf } from '../foreign/signals.ts'
import { query } from './bindings.ts'
import type { LoadedLibrary } from './library.ts'

type Names = keyof LoadedLibrary['dnnl']

/** A primitive as it is executed. */
export interface Executable {
  readonly handle: number
  /** The memory objects of its arguments. */
  readonly memories: readonly number[]
  /** The address of its list of arguments. */
  readonly list: number
  /** It must not be interrupted (see signals.ts). */
  readonly uninterrupted: boolean
}

/** Gives the arguments of a primitive their addresses and executes it. */
export type Launch = (primitive: Executable, addresses: readonly number[]) => void

const processor = 1
const inOrder = 1
const statuses = [
  'success',
  'out of memory',
  'invalid arguments',
  'unimplemented',
  'last implementation reached',
  'runtime error',
  'not required',
]

/** Number of primitives that oneDNN caches for known descriptions, so that making one once more is cheap. */
const keptPrimitives = 1024

/** Names of implementations are shorter. */
const longestName = 32

/** A function of the library gave a status that is none of success. */
export class LibraryFailure extends Error {
  /** Whether the library lacks it for these types or this processor. Everything else is an error. */
  readonly unimplemented: boolean

  constructor(name: Names, status: number) {
    super(`oneDNN: ${name} failed, ${statuses[status] ?? status}`)
    this.unimplemented = statuses[status] === 'unimplemented'
  }
}

export class Engine {
  readonly dnnl: LoadedLibrary['dnnl']
  readonly memory: NativeMemory
  readonly signals: Signals
  readonly threads: number
  readonly handle: number
  readonly stream: number
  /** By calls of the library, until there is a quicker way (c/launch.ts). */
  launch: Launch = ({ handle, memories, list, uninterrupted }, addresses) => {
    for (let i = 0; i < memories.length; i++)
      this.call('dnnl_memory_set_data_handle', memories[i] as number, addresses[i] as number)
    if (uninterrupted) this.signals.hold()
    try {
      this.call('dnnl_primitive_execute', handle, this.stream, memories.length, list)
    } finally {
      if (uninterrupted) this.signals.deliver()
    }
  }
  private readonly foreign: Foreign
  private readonly library: ForeignLibrary

  /** Throws where the library has no engine for this processor. */
  constructor({ dnnl, library }: LoadedLibrary, foreign: Foreign, memory: NativeMemory, threads: number) {
    this.dnnl = dnnl
    this.foreign = foreign
    this.library = library
    this.memory = memory
    this.signals = signalsOf(foreign, memory)
    this.threads = setThreads(library, threads) ? threads : 0
    this.call('dnnl_set_primitive_cache_capacity', keptPrimitives)
    this.handle = this.made('dnnl_engine_create', processor, 0)
    this.stream = this.made('dnnl_stream_create', this.handle, inOrder)
  }

  /** Calls a function that gives a status, and throws where that is none of success. */
  call(name: Names, ...values: number[]): void {
    this.require(name, this.dnnl[name](...values))
  }

  /** Throws LibraryFailure where the status that a function gave is none of success. */
  require(name: Names, status: number): void {
    if (status !== 0) throw new LibraryFailure(name, status)
  }

  /** The address of a function of the library; undefined if it is unknown. */
  addressOf(name: Names): number | undefined {
    return this.library.addressOf(name)
  }

  /** Calls a function that makes an object, whose address goes where the first parameter points to. */
  made(name: Names, ...values: number[]): number {
    const room = this.memory.allocate(8)
    try {
      this.call(name, room.address, ...values)
      return readAddress(room.integers(2), 0)
    } finally {
      room.free()
    }
  }

  /**
   * A description switched to another implementation of the library, by name. Undefined if there is none;
   * then the description is released.
   */
  implementation(description: number, name: string): number | undefined {
    do {
      if (this.nameOf(description) === name) return description
    } while (this.dnnl.dnnl_primitive_desc_next_impl(description) === 0)
    this.call('dnnl_primitive_desc_destroy', description)
    return undefined
  }

  private nameOf(description: number): string {
    const room = this.memory.allocate(8)
    try {
      this.call('dnnl_primitive_desc_query', description, query.implementation, 0, room.address)
      const text = new Uint8Array(this.foreign.view(readAddress(room.integers(2), 0), longestName))
      return String.fromCharCode(...text.subarray(0, text.indexOf(0)))
    } finally {
      room.free()
    }
  }

  dispose(): void {
    this.call('dnnl_stream_destroy', this.stream)
    this.call('dnnl_engine_destroy', this.handle)
  }
}

/**
 * Whether the library is one that OpenMP runs, so that the number holds: for its products and for all C code
 * that shares its OpenMP.
 */
function setThreads(library: ForeignLibrary, threads: number): boolean {
  try {
    library.function('omp_set_num_threads', 'void', ['int32'])(threads)
    return true
  } catch {
    return false
  }
}
