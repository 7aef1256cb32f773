/** oneDNN on the processor's own vector units: products and row-wise ops by its primitives, the rest by compiled C where there is a compiler, else over typed arrays on the same memory. */
import { fusedOps } from '../../graph/ops/fused.ts'
import { productsIn } from '../../graph/precision.ts'
import { firstOf, type Kernel, type KernelTable } from '../../run/device.ts'
import { Executor } from '../../run/executor.ts'
import { arrayKernels } from '../tfjs/kernels/index.ts'
import { threadCount } from '../threads.ts'
import { arrayUpdates } from './array-updates.ts'
import type { Toolchain } from './c/compiler.ts'
import { type CompiledKernels, compiledKernels, type NoKernels } from './c/index.ts'
import { Converted } from './converted.ts'
import { bf16Product, int8Product } from './low-precision.ts'
import { type Native, openNative } from './native.ts'
import { primitiveOps } from './primitive-ops.ts'
import { productKernels } from './products.ts'
import { Computations } from './tfjs/computations.ts'

export interface NativeOptions {
  /** Of products and of C kernels; by default what `threadCount` says. */
  readonly threads?: number
  /** What compiles the kernels in C; by default the machine's own. */
  readonly toolchain?: Toolchain
}

export async function nativeRunner({ threads, toolchain }: NativeOptions = {}): Promise<Executor> {
  const native = await openNative(threadCount(threads))
  return new NativeRunner(
    native,
    await compiledKernels(native.foreign, native.memory, toolchain),
    new Converted(native),
  )
}

/** Each op by the first that has it at the sizes at hand. */
function kernelsOf(
  native: Native,
  { functions, kernels: compiled = {} }: CompiledKernels | NoKernels,
  converted: Converted,
  computations: Computations,
): KernelTable {
  const low = {
    bf16: bf16Product(native, converted),
    ...(functions === undefined ? {} : { int8: int8Product(native, functions) }),
  }
  const kernels: KernelTable = firstOf(
    compiled,
    firstOf(
      productKernels(native, () => kernels, low),
      firstOf(primitiveOps(computations), inFloat32(arrayKernels)),
    ),
  )
  return kernels
}

/** Kernels that know no precision, without the products that ask for one. */
function inFloat32(kernels: KernelTable): KernelTable {
  const names = Object.keys(kernels)
  return Object.fromEntries(
    names.map((name): [string, Kernel] => [
      name,
      (site) => (site.attributes.precision === undefined ? kernels[name]?.(site) : undefined),
    ]),
  )
}

class NativeRunner extends Executor {
  readonly detail: string
  readonly remedy?: string
  private readonly native: Native
  private readonly converted: Converted
  private readonly computations: Computations

  constructor(native: Native, compiled: CompiledKernels | NoKernels, converted: Converted) {
    const computations = new Computations(native.engine)
    const kernels = kernelsOf(native, compiled, converted, computations)
    super(
      native.device,
      kernels,
      [
        ...fusedOps.filter((op) => kernels[op] !== undefined),
        productsIn('bf16'),
        ...(compiled.functions === undefined ? [] : [productsIn('int8')]),
      ],
      compiled.updates ?? arrayUpdates(native.device),
    )
    this.native = native
    this.converted = converted
    this.computations = computations
    const { threads } = native.engine
    const count = threads === 0 ? [] : [`${threads} ${threads === 1 ? 'thread' : 'threads'}`]
    const split = compiled.kernels === undefined ? [`fewer fused operations: ${compiled.reason}`] : []
    if (compiled.kernels === undefined) this.remedy = compiled.remedy
    this.detail = [`oneDNN ${native.version}`, ...count, ...split].join(', ')
  }

  override dispose(): void {
    super.dispose()
    this.converted.dispose()
    this.computations.dispose()
    this.native.dispose()
  }
}
