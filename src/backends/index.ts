/** The runners by name, each loaded on request. */
import { divergenceOps, fusedOps } from '../graph/ops/fused.ts'
import { ops } from '../graph/ops/index.ts'
import { lowPrecisions, productsIn } from '../graph/precision.ts'
import { byteMasks, cachedParts, weightUpdate } from '../optimize/pass.ts'
import type { Runner } from '../run/runner.ts'
import { onnxCapabilities } from './onnxruntime/capabilities.ts'

export const backendNames = [
  'reference',
  'cpu',
  'wasm',
  'tensorflow',
  'onnxruntime',
  'native',
  'webgpu',
] as const
export type BackendName = (typeof backendNames)[number]

export function isBackendName(name: string): name is BackendName {
  return backendNames.some((known) => known === name)
}

/**
 * ONNX Runtime on another of its execution providers than its CPU library: `onnxruntime:webgpu`. Which there
 * are is up to what is installed.
 */
export type RunnerName = BackendName | `onnxruntime:${string}`

export function isRunnerName(name: string): name is RunnerName {
  return isBackendName(name) || /^onnxruntime:[a-z]+$/.test(name)
}

/** Whose runner it is. */
export function backendOf(name: RunnerName): BackendName {
  return isBackendName(name) ? name : 'onnxruntime'
}

const makers: { readonly [name in BackendName]: () => Promise<Runner> } = {
  reference: async () => (await import('./reference/runner.ts')).createReferenceRunner(ops),
  cpu: async () => (await import('./cpu/index.ts')).cpuRunner(),
  wasm: async () => (await import('./wasm/index.ts')).wasmRunner(),
  tensorflow: async () => (await import('./tensorflow/index.ts')).tensorflowRunner(),
  onnxruntime: () => onnxRunnerOn('cpu'),
  native: async () => (await import('./native/index.ts')).nativeRunner(),
  webgpu: async () => (await import('./webgpu/index.ts')).webGpuRunner(),
}

async function onnxRunnerOn(provider: string): Promise<Runner> {
  const { onnxRunner } = await import('./onnxruntime/runner.ts')
  return onnxRunner({ provider })
}

/** A runner by name. Rejects with the reason where it does not start. */
export async function createRunner(name: RunnerName): Promise<Runner> {
  return isBackendName(name) ? makers[name]() : onnxRunnerOn(name.split(':')[1] ?? '')
}

/**
 * The capabilities of a backend, those of its runner, without starting it: what commands need that only
 * compile. On some machines the runner lacks some of them.
 */
export async function capabilitiesOf(name: BackendName): Promise<ReadonlySet<string>> {
  if (name === 'reference') return new Set(lowPrecisions.map(productsIn))
  if (name === 'tensorflow') return new Set()
  if (name === 'onnxruntime') return onnxCapabilities(true)
  if (name === 'webgpu') return new Set([...fusedOps, weightUpdate])
  const { arrayKernels } = await import('./tfjs/kernels/index.ts')
  const fused = fusedOps.filter((op) => arrayKernels[op] !== undefined)
  if (name === 'native')
    return new Set([
      ...fused,
      ...divergenceOps,
      byteMasks,
      weightUpdate,
      cachedParts,
      ...lowPrecisions.map(productsIn),
    ])
  return new Set(name === 'wasm' ? [...fused, weightUpdate] : fused)
}
