/**
 * Operators of ONNX Runtime that are kernels in C, made by the machine's own compiler: which there are, and
 * what each is called with.
 */
import { errorLine } from '../../../diagnostics/error-text.ts'
import type { RandomKey } from '../../../graph/graph.ts'
import type { OpKey } from '../../../graph/ops/index.ts'
import type { KernelTable } from '../../../run/device.ts'
import type { Site } from '../../../run/site.ts'
import { compiledLibrary, type Toolchain, thisToolchain } from '../../compiled/compiler.ts'
import { kernelTable, type NoKernels, noKernels } from '../../compiled/index.ts'
import { productKernels } from '../../compiled/kernels/products.ts'
import { source } from '../../compiled/source/index.ts'
import { productsHere } from '../../compiled/source/products.ts'
import { type Foreign, type ForeignLibrary, loadForeign } from '../../foreign/foreign.ts'
import { isLargeTable } from '../row-sum.ts'
import type { Runtime } from '../runtime.ts'
import { type Recorded, Recorder } from './recorder.ts'
import { domain, operatorSource, operators } from './source.ts'

/**
 * Ops that take several operators of ONNX, and more than one pass over their values, or that ONNX does not
 * have. A softmax over classes is not among them: where labels are few, ONNX Runtime makes only the rows that
 * have one (operators/losses.ts).
 */
const compiledOps: ReadonlySet<string> = new Set<OpKey>([
  'scaled_softmax',
  'softmax_gradient',
  'scaled_softmax_gradient',
  'layer_norm',
  'standardize',
  'residual_layer_norm',
  'standardize_gradient',
  'layer_norm_gradient',
  'layer_norm_scale_gradient',
  'scaled_kl',
  'kl_gradient',
  'gelu',
  'gelu_tanh',
  'gelu_gradient',
  'gelu_tanh_gradient',
  'dropout',
  'dropout_mask',
  'dropout_keep',
  'gather_positions',
  'scatter_positions',
  'sum',
  'lookup_gradient',
  'contract',
  'linear',
  'linear_activation',
  'contract_activation_gradient',
])

export class CompiledOperators {
  /** What makes them slower than they could be, and what would change that; absent where nothing does. */
  readonly lack?: string
  readonly remedy?: string
  /** ONNX Runtime's domain of them, which session options take. */
  readonly domain: number
  /** Whether they have products of bytes. */
  readonly hasInt8: boolean
  private readonly runtime: Runtime
  private readonly recorder = new Recorder()
  private readonly kernels: KernelTable

  /** Rejects with E1120 where koffi is missing. */
  static async open(
    runtime: Runtime,
    toolchain: Toolchain = thisToolchain(),
  ): Promise<CompiledOperators | NoKernels> {
    const library = await compiledLibrary(`${source}\n${operatorSource}`, toolchain, 'caller')
    if (library.path === undefined) return noKernels(library.reason, library.remedy)
    try {
      return new CompiledOperators(runtime, await loadForeign('onnxruntime'), library)
    } catch (error) {
      return noKernels(errorLine(error), 'name another C compiler in CC')
    } finally {
      library.done()
    }
  }

  private constructor(
    runtime: Runtime,
    foreign: Foreign,
    { path, lack, remedy }: { readonly path: string; readonly lack?: string; readonly remedy?: string },
  ) {
    this.runtime = runtime
    if (lack !== undefined) this.lack = lack
    if (remedy !== undefined) this.remedy = remedy
    const loaded = foreign.load(path)
    this.domain = register(runtime, loaded)
    const products = loaded.function('products_here', 'int32', ['address'])(0)
    this.hasInt8 = (products & productsHere.int8) !== 0
    this.kernels = {
      ...kernelTable(this.recorder, runtime.memory),
      ...((products & productsHere.float32) === 0 ? {} : productKernels(this.recorder)),
    }
  }

  /** Its operators must not be used afterwards. */
  dispose(): void {
    this.runtime.functions.releaseCustomOpDomain(this.domain)
  }

  /**
   * What an op is called with at known sizes; undefined where it is no kernel's, or only another view of an
   * input.
   */
  recorded(site: Site, random: RandomKey): Recorded | undefined {
    if (!compiledOps.has(site.op) || (site.op === 'lookup_gradient' && isLargeTable(site.output.shape)))
      return undefined
    const step = this.kernels[site.op]?.(site)
    return step === undefined ? undefined : this.recorder.record(step, site, random)
  }
}

/** Makes a domain with all operators of the library. Throws where the library has not what it should. */
function register(runtime: Runtime, library: ForeignLibrary): number {
  const { memory, functions } = runtime
  const list = library.function('list_operators', 'int32', ['address'])
  const count = Object.keys(operators).length
  const room = memory.allocate(8 * (count + 1))
  try {
    const doubles = room.doubles(count + 1)
    doubles[0] = room.address + 8
    list(room.address)
    const own = runtime.made((out) => functions.createCustomOpDomain(domain, out))
    for (const operator of doubles.subarray(1)) functions.customOpDomainAdd(own, operator)
    return own
  } finally {
    room.free()
  }
}
