/** oneDNN on the processor's own vector units: products and row-wise ops by its primitives, the rest over typed arrays on the same memory. */
import { fusedOps } from '../../graph/ops/fused.ts'
import { firstOf, type KernelTable } from '../../run/device.ts'
import { Executor } from '../../run/executor.ts'
import { arrayKernels } from '../tfjs/kernels/index.ts'
import { threadCount } from '../threads.ts'
import { type Native, openNative } from './native.ts'
import { productKernels } from './products.ts'

export interface NativeOptions {
  /** Of products and of C kernels; by default what `threadCount` says. */
  readonly threads?: number
}

export async function nativeRunner({ threads }: NativeOptions = {}): Promise<Executor> {
  return new NativeRunner(await openNative(threadCount(threads)))
}

/** Each op by the first that has it at the sizes at hand. */
function kernelsOf({ engine, primitives }: Native): KernelTable {
  const kernels: KernelTable = firstOf(
    productKernels(engine, primitives, () => kernels),
    arrayKernels,
  )
  return kernels
}

class NativeRunner extends Executor {
  private readonly native: Native

  constructor(native: Native) {
    const kernels = kernelsOf(native)
    super(
      native.device,
      kernels,
      fusedOps.filter((op) => kernels[op] !== undefined),
    )
    this.native = native
  }

  override dispose(): void {
    super.dispose()
    this.native.dispose()
  }
}
