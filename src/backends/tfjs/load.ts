/**
 * Loads a backend of TensorFlow.js when a run needs it (a quarter of a second that other commands do not pay) and hands it out as a device. A
 * backend is one for the whole process: tfjs registers kernels globally.
 */
import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu'
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import type { KernelBackend } from '@tensorflow/tfjs-core'
import type { Held, View } from '../../run/device.ts'
import { type Core, TfjsDevice } from './device.ts'

type Activatable = Core &
  Pick<typeof import('@tensorflow/tfjs-core'), 'setBackend' | 'backend' | 'enableProdMode'>

/** Makes a backend current, so that its kernels are set up, and gives it. Throws when it does not start. */
async function activate(core: Activatable, name: string): Promise<KernelBackend> {
  // Production mode keeps tfjs from greeting on the console; it is also its way to skip checks that a checked program does not need.
  core.enableProdMode()
  if (!(await core.setBackend(name))) throw new Error(`the ${name} backend of TensorFlow.js did not start`)
  return core.backend()
}

export async function cpuDevice(): Promise<TfjsDevice> {
  const core = await import('@tensorflow/tfjs-core')
  await import('@tensorflow/tfjs-backend-cpu')
  const backend = await activate(core, 'cpu')
  const { data } = backend as MathBackendCPU
  return new TfjsDevice('cpu', core, backend, (held) => asView(data.get(held.dataId).values))
}

export async function wasmDevice(): Promise<TfjsDevice> {
  const core = await import('@tensorflow/tfjs-core')
  const wasm = await import('@tensorflow/tfjs-backend-wasm')
  const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')
  wasm.setWasmPaths(join(dirname(entry), sep))
  const backend = (await activate(core, 'wasm')) as BackendWasm
  const viewOf = ({ dataId, shape, dtype }: Held): View =>
    asView(backend.typedArrayFromHeap({ dataId, shape: [...shape], dtype }))
  return new TfjsDevice('wasm', core, backend, viewOf)
}

/** Packages that bring the `tensorflow` backend, best first. Optional: their installers download native code. */
export const tensorflowPackages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const

/** Throws what the import of the last package throws where none is installed. */
export async function tensorflowDevice(): Promise<TfjsDevice> {
  let failure: unknown
  for (const name of tensorflowPackages) {
    try {
      const loaded: Activatable & { default?: Activatable } = await import(name)
      const core = loaded.default ?? loaded
      return new TfjsDevice('tensorflow', core, await activate(core, 'tensorflow'))
    } catch (error) {
      failure = error
    }
  }
  throw failure
}

function asView(values: unknown): View {
  if (values instanceof Float32Array || values instanceof Int32Array || values instanceof Uint8Array)
    return values
  throw new Error('a value without a typed array')
}
