/**
 * Execution providers of ONNX Runtime beside its CPU library: which an installation has, and how a session is
 * given one.
 */
import type { Runtime } from './runtime.ts'

export interface Provider {
  /** `cpu`, `webgpu`, `cuda` .. */
  readonly name: string
  /** Whether all that it needs is in the package. */
  readonly bundled: boolean
}

/** Their libraries are not in the package. */
const apart = ['cuda', 'tensorrt']

/**
 * Those of the first kind are given by a function of their own that the library exports, with a device or
 * flags: 0 is the default.
 */
const exported: { readonly [name: string]: string } = {
  cuda: 'CUDA',
  tensorrt: 'Tensorrt',
  dml: 'DML',
  coreml: 'CoreML',
}
/** Those of the second by their name, with options. */
const named: { readonly [name: string]: string } = { webgpu: 'WebGPU', qnn: 'QNN', xnnpack: 'XNNPACK' }

/** The CPU first, then the providers that the package contains completely. */
export function listProviders(runtime: Runtime): readonly Provider[] {
  const { functions } = runtime
  const [list, count] = runtime.told(functions.getAvailableProviders)
  const names = runtime.pointers(list, count).map((address) => nameOf(runtime.textAt(address)))
  functions.releaseAvailableProviders(list, count)
  const rank = ({ name, bundled }: Provider): number => (name === 'cpu' ? 0 : bundled ? 1 : 2)
  return names
    .map((name) => ({ name, bundled: !apart.includes(name) }))
    .sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1))
}

/** `WebGpuExecutionProvider`: webgpu */
function nameOf(provider: string): string {
  return provider.replace(/ExecutionProvider$/, '').toLowerCase()
}

/** Throws the error of ONNX Runtime if the provider does not start. */
export function appendProvider({ library, functions }: Runtime, options: number, name: string): void {
  const own = exported[name]
  if (own !== undefined)
    library.exported(`OrtSessionOptionsAppendExecutionProvider_${own}`, ['address', 'int32'])(options, 0)
  else functions.sessionOptionsAppendExecutionProvider(options, named[name] ?? name, 0, 0, 0)
}
