/** What runs on oneDNN, for whatever runs it: the executor of `distill train`, or a trainer program. */
import { firstOf, type Kernel, type KernelTable } from '../../run/device.ts'
import type { UpdateKernels } from '../../run/device-updater.ts'
import { arrayKernels } from '../tfjs/kernels/index.ts'
import { threadCount } from '../threads.ts'
import { arrayUpdates } from './array-updates.ts'
import type { Toolchain } from './c/compiler.ts'
import { type CompiledKernels, compiledKernels, type NoKernels } from './c/index.ts'
import { quickLaunch } from './c/launch.ts'
import { Converted } from './converted.ts'
import type { NativeDevice } from './device.ts'
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

export interface NativeParts {
  readonly native: Native
  readonly device: NativeDevice
  readonly compiled: CompiledKernels | NoKernels
  readonly kernels: KernelTable
  readonly updates: UpdateKernels
  dispose(): void
}

/** Rejects with E1120 where koffi or oneDNN is missing. */
export async function nativeParts({ threads, toolchain }: NativeOptions = {}): Promise<NativeParts> {
  const native = await openNative(threadCount(threads))
  const compiled = await compiledKernels(native.foreign, native.memory, toolchain)
  const { engine } = native
  if (compiled.functions !== undefined)
    engine.launch = quickLaunch(engine, compiled.functions) ?? engine.launch
  const converted = new Converted(native)
  const computations = new Computations(engine)
  return {
    native,
    device: native.device,
    compiled,
    kernels: kernelsOf(native, compiled, converted, computations),
    updates: compiled.updates ?? arrayUpdates(native.device),
    dispose: () => {
      converted.dispose()
      computations.dispose()
      native.dispose()
    },
  }
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
