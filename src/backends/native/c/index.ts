/** Kernels in C, made by the machine's own compiler when they are first needed. */
import type { KernelTable } from '../../../run/device.ts'
import type { Foreign } from '../foreign.ts'
import type { NativeMemory } from '../memory.ts'
import { compiledLibrary, type Toolchain, thisToolchain } from './compiler.ts'
import { Functions } from './functions.ts'
import { softmaxKernels } from './kernels/softmax.ts'
import { source } from './source/index.ts'

export interface CompiledKernels {
  readonly kernels: KernelTable
}

/** Why there are none, and what would change that. */
export interface NoKernels {
  readonly kernels: undefined
  readonly reason: string
  readonly remedy: string
}

/** Values of all kernels lie in `memory`. */
export async function compiledKernels(
  foreign: Foreign,
  memory: NativeMemory,
  toolchain: Toolchain = thisToolchain(),
): Promise<CompiledKernels | NoKernels> {
  const library = await compiledLibrary(source, toolchain)
  if (library.path === undefined) return { kernels: undefined, ...library }
  try {
    const functions = new Functions(foreign, library.path, memory)
    return { kernels: softmaxKernels(functions) }
  } catch (error) {
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    return { kernels: undefined, reason, remedy: 'name another C compiler in CC' }
  } finally {
    library.done()
  }
}
