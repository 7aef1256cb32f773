/** Kernels in C, made by the machine's own compiler when they are first needed. */
import { errorLine } from '../../diagnostics/error-text.ts'
import type { KernelTable } from '../../run/device.ts'
import type { UpdateKernels } from '../../run/device-updater.ts'
import type { Foreign } from '../foreign/foreign.ts'
import type { NativeMemory } from '../foreign/memory.ts'
import { compiledLibrary, type Toolchain, thisToolchain } from './compiler.ts'
import { type Binder, Functions } from './functions.ts'
import { dropoutKernels } from './kernels/dropout.ts'
import { elementwiseKernels } from './kernels/elementwise.ts'
import { lossKernels } from './kernels/losses.ts'
import { movementKernels } from './kernels/movement.ts'
import { normaliseKernels } from './kernels/normalise.ts'
import { positionKernels } from './kernels/positions.ts'
import { softmaxKernels } from './kernels/softmax.ts'
import { sumKernels } from './kernels/sums.ts'
import { source } from './source/index.ts'
import { updateKernels } from './update-kernels.ts'

export interface CompiledKernels {
  readonly functions: Functions
  readonly kernels: KernelTable
  readonly updates: UpdateKernels
  /** What makes them slower than they could be, and what would change that; absent where nothing does. */
  readonly lack?: string
  readonly remedy?: string
}

/** Why there are none, and what would change that. */
export interface NoKernels {
  readonly functions: undefined
  readonly kernels: undefined
  readonly updates: undefined
  readonly reason: string
  readonly remedy: string
}

/** `memory` has the values of all kernels. */
export async function compiledKernels(
  foreign: Foreign,
  memory: NativeMemory,
  toolchain: Toolchain = thisToolchain(),
): Promise<CompiledKernels | NoKernels> {
  const library = await compiledLibrary(source, toolchain)
  if (library.path === undefined) return noKernels(library.reason, library.remedy)
  try {
    const functions = new Functions(foreign, library.path, memory)
    const { lack, remedy } = library
    return {
      functions,
      kernels: kernelTable(functions, memory),
      updates: updateKernels(functions, memory),
      ...(lack === undefined ? {} : { lack }),
      ...(remedy === undefined ? {} : { remedy }),
    }
  } catch (error) {
    const reason = errorLine(error)
    return noKernels(reason, 'name another C compiler in CC')
  } finally {
    library.done()
  }
}

export function noKernels(reason: string, remedy: string): NoKernels {
  return { functions: undefined, kernels: undefined, updates: undefined, reason, remedy }
}

export function kernelTable(functions: Binder, memory: NativeMemory): KernelTable {
  return {
    ...elementwiseKernels(functions),
    ...softmaxKernels(functions),
    ...normaliseKernels(functions),
    ...lossKernels(functions),
    ...sumKernels(functions),
    ...movementKernels(functions),
    ...positionKernels(functions, memory),
    ...dropoutKernels(functions),
  }
}
