/**
 * What every part of this backend builds on: memory that C and host code share, values in it, and oneDNN. The
 * runner, compiled C kernels and the TensorFlow.js backend each start from here.
 */

import { type Foreign, loadForeign } from '../foreign/foreign.ts'
import { NativeMemory } from '../foreign/memory.ts'
import { NativeDevice } from './device.ts'
import { Engine } from './engine.ts'
import { loadOneDnn } from './library.ts'
import { Packing } from './packing.ts'
import { Primitives } from './primitives.ts'
import { limitSpinning } from './spinning.ts'

export interface Native {
  readonly foreign: Foreign
  readonly memory: NativeMemory
  readonly device: NativeDevice
  readonly engine: Engine
  readonly primitives: Primitives
  readonly packing: Packing
  /** The path of the library that was found. */
  readonly library: string
  /** Its version, such as 3.6. */
  readonly version: string
  dispose(): void
}

/** Rejects with E1120 where koffi or oneDNN is missing, saying how to install it. */
export async function openNative(threads: number): Promise<Native> {
  const foreign = await loadForeign()
  limitSpinning(process.env)
  const loaded = loadOneDnn(foreign)
  const memory = new NativeMemory(foreign)
  const engine = new Engine(loaded, foreign, memory, threads)
  const primitives = new Primitives(engine)
  const packing = new Packing(engine, primitives)
  const device = new NativeDevice(memory)
  return {
    foreign,
    memory,
    device,
    engine,
    primitives,
    packing,
    library: loaded.path,
    version: loaded.version,
    dispose: () => {
      packing.dispose()
      primitives.dispose()
      engine.dispose()
      device.dispose()
      memory.dispose()
    },
  }
}
