/**
 * The compiled kernels as functions of numbers: arguments go into a block of float64 that is there from the
 * start, and the call passes its address.
 */
import type { Foreign, ForeignFunction } from '../foreign/foreign.ts'
import type { NativeMemory } from '../foreign/memory.ts'
import { type FunctionName, functionNames } from './source/index.ts'

/** More than any kernel has. */
const most = 64

/** What each kernel gives where nothing is wrong. */
export const fine = -1

/** A kernel with the arguments that come after the addresses, which a call gives. */
export type Call = (...addresses: number[]) => number

/** Gives kernels by their names: `fixed` are the arguments that do not change. */
export interface Binder {
  bind(name: FunctionName, fixed?: readonly number[]): Call
}

export class Functions implements Binder {
  private readonly functions: { readonly [name in FunctionName]?: ForeignFunction }
  private readonly block: Float64Array
  private readonly address: number

  /** Throws where the library has not all of them. The block of arguments lives as long as the memory. */
  constructor(foreign: Foreign, path: string, memory: NativeMemory) {
    const library = foreign.load(path)
    this.functions = Object.fromEntries(
      functionNames.map((name) => [name, library.function(name, 'int32', ['address'])]),
    )
    const { address, doubles } = roomIn(memory)
    this.block = doubles
    this.address = address
  }

  /** How many threads kernels run on; gives how many there will be: 1 where the compiler has no OpenMP. */
  setThreads(threads: number): number {
    return this.bind('set_threads')(threads)
  }

  bind(name: FunctionName, fixed: readonly number[] = []): Call {
    const found = this.functions[name]
    if (found === undefined) throw new Error(`no kernel ${name} was compiled`)
    const { block, address } = this
    return (...addresses) => {
      const own = addresses.length
      for (let i = 0; i < own; i++) block[i] = addresses[i] as number
      for (let i = 0; i < fixed.length; i++) block[own + i] = fixed[i] as number
      return found(address)
    }
  }
}

function roomIn(memory: NativeMemory): { readonly address: number; readonly doubles: Float64Array } {
  const room = memory.allocate(most * 8)
  return { address: room.address, doubles: room.doubles(most) }
}
