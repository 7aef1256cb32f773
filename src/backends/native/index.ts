/**
 * oneDNN on the processor's vector units: products and row-wise ops by its primitives. All other ops are
 * compiled C if there is a compiler, otherwise kernels over typed arrays on the same memory.
 */
import { divergenceOps, fusedOps } from '../../graph/ops/fused.ts'
import { productsIn } from '../../graph/precision.ts'
import { byteMasks, cachedParts } from '../../optimize/pass.ts'
import { Executor } from '../../run/executor.ts'
import { detailOf } from './detail.ts'
import { hasProducts } from './low-precision.ts'
import { type NativeOptions, type NativeParts, nativeParts } from './parts.ts'

export async function nativeRunner(options: NativeOptions = {}): Promise<Executor> {
  return new NativeRunner(await nativeParts(options))
}

class NativeRunner extends Executor {
  readonly detail: string
  override readonly libraries: Readonly<Record<string, string>>
  readonly readsInstructions = true
  readonly threads: number
  readonly remedy?: string
  readonly attainable?: ReadonlyMap<string, string>
  private readonly parts: NativeParts

  constructor(parts: NativeParts) {
    const { native, device, compiled, kernels, updates, precisions } = parts
    super(
      device,
      kernels,
      [
        ...fusedOps.filter((op) => kernels[op] !== undefined),
        ...precisions.map(productsIn),
        cachedParts,
        ...(compiled.functions === undefined ? [] : [byteMasks, ...divergenceOps]),
      ],
      updates,
    )
    this.parts = parts
    const others = compiled.kernels === undefined ? 'in JavaScript' : 'compiled'
    this.libraries = { oneDNN: native.version, kernels: others }
    this.threads = native.engine.threads
    this.detail = detailOf(native.version, native.engine.threads, compiled)
    if (compiled.remedy !== undefined) this.remedy = compiled.remedy
    if (compiled.kernels === undefined && hasProducts(native.engine, 'int8'))
      this.attainable = new Map([[productsIn('int8'), compiled.remedy]])
  }

  override dispose(): void {
    super.dispose()
    this.parts.dispose()
  }
}
