/**
 * Loads a backend of TensorFlow.js when a run needs it, which takes a quarter of a second, and returns it as
 * a device. There is one for the process, because tfjs registers kernels globally.
 */
import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu'
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import type { KernelBackend } from '@tensorflow/tfjs-core'
import type { Held, View } from '../../run/device.ts'
import { type Core, type DeviceTraits, TfjsDevice } from './device.ts'
import { product } from './layout.ts'

/** The part of TensorFlow.js that starts a backend. */
export type Activatable = Core &
  Pick<typeof import('@tensorflow/tfjs-core'), 'setBackend' | 'backend' | 'enableProdMode'>

/** Ends when the last start that was asked for has ended. */
let lastStart: Promise<unknown> = Promise.resolve()

/**
 * Runs `start` when every start before it has ended. All copies of TensorFlow.js in a process share one
 * engine, which knows one backend that is starting: a second start would break the first.
 */
export function startAlone<T>(start: () => Promise<T>): Promise<T> {
  const started = lastStart.then(start)
  lastStart = started.catch(() => undefined)
  return started
}

/**
 * Makes a backend current, so that its kernels are set up, and gives it. Throws when it does not start. To be
 * called within `startAlone`.
 */
export async function activate(core: Activatable, name: string): Promise<KernelBackend> {
  // Production mode prevents tfjs's greeting on the console, and skips checks that a checked program does not
  // need.
  core.enableProdMode()
  if (!(await core.setBackend(name))) throw new Error(`the ${name} backend of TensorFlow.js did not start`)
  return core.backend()
}

/** What a runner on TensorFlow.js names of its libraries. */
export async function tfjsVersion(): Promise<Readonly<Record<string, string>>> {
  const { version_core: version } = await import('@tensorflow/tfjs-core')
  return { 'TensorFlow.js': version }
}

/**
 * `traits` replaces what the device shows of its memory; `given`: TensorFlow.js, where the caller has loaded
 * it.
 */
export async function cpuDevice(traits?: DeviceTraits, given?: Activatable): Promise<TfjsDevice> {
  const core = given ?? (await import('@tensorflow/tfjs-core'))
  await import('@tensorflow/tfjs-backend-cpu')
  const backend = await startAlone(() => activate(core, 'cpu'))
  const { data } = backend as MathBackendCPU
  const open = { viewOf: (held: Held) => asView(data.get(held.dataId).values) }
  return new TfjsDevice('cpu', core, backend, traits ?? open)
}

/** The wasm device, the addresses of its values, and their memory. */
export interface WasmParts {
  readonly device: TfjsDevice
  readonly address: (held: Held) => number
  /**
   * Call it after the memory of a value was overwritten: XNNPACK caches packed weights by id, and drops them
   * here.
   */
  readonly rewritten: (held: Held) => void
  /** Undefined where this build of TensorFlow.js does not show it. */
  readonly memory: WebAssembly.Memory | undefined
}

export async function wasmDevice(given?: Activatable): Promise<WasmParts> {
  const core = given ?? (await import('@tensorflow/tfjs-core'))
  const wasm = await import('@tensorflow/tfjs-backend-wasm')
  const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')
  wasm.setWasmPaths(join(dirname(entry), sep))
  const backend = (await startAlone(() => activate(core, 'wasm'))) as BackendWasm
  const viewOf = ({ dataId, shape, dtype }: Held): View =>
    asView(backend.typedArrayFromHeap({ dataId, shape, dtype }))
  return {
    device: new TfjsDevice('wasm', core, backend, { viewOf, copies: true }),
    address: ({ dataId }) => backend.getMemoryOffset(dataId),
    rewritten: ({ dataId, shape }) => {
      // The module's own register of tensors: what depends on one is dropped with it. Memory is freed
      // elsewhere.
      const { id, memoryOffset } = backend.dataIdMap.get(dataId)
      backend.wasm.tfjs.disposeData(id)
      backend.wasm.tfjs.registerTensor(id, product(shape), memoryOffset)
    },
    memory: memoryOf(backend.wasm),
  }
}

/** Emscripten has the exports of its module as `asm`, the memory among them. */
function memoryOf(module: object): WebAssembly.Memory | undefined {
  const exports: unknown = 'asm' in module ? module.asm : undefined
  if (typeof exports !== 'object' || exports === null || !('memory' in exports)) return undefined
  return exports.memory instanceof WebAssembly.Memory ? exports.memory : undefined
}

function asView(values: unknown): View {
  if (values instanceof Float32Array || values instanceof Int32Array || values instanceof Uint8Array)
    return values
  throw new Error('a value without a typed array')
}
