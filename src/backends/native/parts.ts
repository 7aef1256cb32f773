/** What runs on oneDNN, for whatever runs it: the executor of `distill train`, or a trainer program. */
import { type LowPrecision, lowPrecisions } from '../../graph/precision.ts'
import { firstOf, type Kernel, type KernelTable } from '../../run/device.ts'
import type { UpdateKernels } from '../../run/device-updater.ts'
import type { Toolchain } from '../compiled/compiler.ts'
import { type CompiledKernels, compiledKernels, type NoKernels } from '../compiled/index.ts'
import { arrayKernels } from '../tfjs/kernels/index.ts'
import { threadCount } from '../threads.ts'
import { arrayUpdates } from './array-updates.ts'
import { Converted } from './converted.ts'
import type { NativeDevice } from './device.ts'
import { quickLaunch } from './launch.ts'
import { bf16Product, hasProducts, int8Product } from './low-precision.ts'
import { type Native, openNative } from './native.ts'
import { primitiveOps } from './primitive-ops.ts'
import { productKernels } from './products.ts'
import { Computations } from './tfjs/computations.ts'

export interface NativeOptions {
  /** Threads of products and of C kernels; by default `threadCount`. */
  readonly threads?: number
  /** What compiles the kernels in C; by default the machine's own. */
  readonly toolchain?: Toolchain
}

export interface NativeParts {
  readonly native: Native
  readonly device: NativeDevice
  readonly compiled: CompiledKernels | NoKernels
  readonly kernels: KernelTable
  readonly updates: UpdateKernels
  /**
   * Of products, beside float32: those that the library has on this processor, int8 with compiled kernels
   * only.
   */
  readonly precisions: readonly LowPrecision[]
  dispose(): void
}

/** Rejects with E1120 where koffi or oneDNN is missing. */
export async function nativeParts({ threads, toolchain }: NativeOptions = {}): Promise<NativeParts> {
  const count = threadCount(threads)
  const native = await openNative(count)
  const compiled = await compiledKernels(native.foreign, native.memory, toolchain)
  const { engine } = native
  // after setting them for oneDNN: its OpenMP may be another one, or none
  compiled.functions?.setThreads(count)
  if (compiled.functions !== undefined)
    engine.launch = quickLaunch(engine, compiled.functions) ?? engine.launch
  const converted = new Converted(native)
  const computations = new Computations(engine)
  const low = lowProducts(native, compiled, converted)
  return {
    native,
    device: native.device,
    compiled,
    kernels: kernelsOf(native, compiled, low, computations),
    updates: compiled.updates ?? arrayUpdates(native.device),
    precisions: lowPrecisions.filter((precision) => low[precision] !== undefined),
    dispose: () => {
      converted.dispose()
      computations.dispose()
      native.dispose()
    },
  }
}

type LowProducts = { readonly [precision in LowPrecision]?: Kernel }

function lowProducts(
  native: Native,
  { functions }: CompiledKernels | NoKernels,
  converted: Converted,
): LowProducts {
  const { engine } = native
  return {
    ...(hasProducts(engine, 'bf16') ? { bf16: bf16Product(native, converted) } : {}),
    ...(functions !== undefined && hasProducts(engine, 'int8')
      ? { int8: int8Product(native, functions) }
      : {}),
  }
}

/** Each op by the first that has it at the sizes at hand. */
function kernelsOf(
  native: Native,
  { kernels: compiled = {} }: CompiledKernels | NoKernels,
  low: LowProducts,
  computations: Computations,
): KernelTable {
  const kernels: KernelTable = firstOf(
    compiled,
    firstOf(
      productKernels(native, () => kernels, low),
      firstOf(primitiveOps(computations), inFloat32(arrayKernels)),
    ),
  )
  return kernels
}

/** Kernels of float32 only, without products of other precisions. */
function inFloat32(kernels: KernelTable): KernelTable {
  const names = Object.keys(kernels)
  return Object.fromEntries(
    names.map((name): [string, Kernel] => [
      name,
      (site) => (site.attributes.precision === undefined ? kernels[name]?.(site) : undefined),
    ]),
  )
}
