/** oneDNN on the processor's own vector units: products and row-wise ops by its primitives, the rest by compiled C where there is a compiler, else over typed arrays on the same memory. */
import { fusedOps } from '../../graph/ops/fused.ts'
import { firstOf, type KernelTable } from '../../run/device.ts'
import { Executor } from '../../run/executor.ts'
import { arrayKernels } from '../tfjs/kernels/index.ts'
import { threadCount } from '../threads.ts'
import { arrayUpdates } from './array-updates.ts'
import type { Toolchain } from './c/compiler.ts'
import { type CompiledKernels, compiledKernels, type NoKernels } from './c/index.ts'
import { type Native, openNative } from './native.ts'
import { productKernels } from './products.ts'

export interface NativeOptions {
  /** Of products and of C kernels; by default what `threadCount` says. */
  readonly threads?: number
  /** What compiles the kernels in C; by default the machine's own. */
  readonly toolchain?: Toolchain
}

export async function nativeRunner({ threads, toolchain }: NativeOptions = {}): Promise<Executor> {
  const native = await openNative(threadCount(threads))
  return new NativeRunner(native, await compiledKernels(native.foreign, native.memory, toolchain))
}

/** Each op by the first that has it at the sizes at hand. */
function kernelsOf(native: Native, compiled: KernelTable): KernelTable {
  const kernels: KernelTable = firstOf(
    compiled,
    firstOf(
      productKernels(native, () => kernels),
      arrayKernels,
    ),
  )
  return kernels
}

class NativeRunner extends Executor {
  readonly detail: string
  readonly remedy?: string
  private readonly native: Native

  constructor(native: Native, compiled: CompiledKernels | NoKernels) {
    const kernels = kernelsOf(native, compiled.kernels ?? {})
    super(
      native.device,
      kernels,
      fusedOps.filter((op) => kernels[op] !== undefined),
      compiled.updates ?? arrayUpdates(native.device),
    )
    this.native = native
    const { threads } = native.engine
    const count = threads === 0 ? [] : [`${threads} ${threads === 1 ? 'thread' : 'threads'}`]
    const split = compiled.kernels === undefined ? [`fewer fused operations: ${compiled.reason}`] : []
    if (compiled.kernels === undefined) this.remedy = compiled.remedy
    this.detail = [`oneDNN ${native.version}`, ...count, ...split].join(', ')
  }

  override dispose(): void {
    super.dispose()
    this.native.dispose()
  }
}
