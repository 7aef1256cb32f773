/** The machines by the names of their backends, each loaded on request. */
import { DeviceMachine } from './device-machine.ts'
import { referenceMachine } from './reference-machine.ts'
import type { Machine } from './value.ts'

export type TensorFlow = typeof import('@tensorflow/tfjs-core')

const makers: {
  readonly [name: string]: ((tf?: TensorFlow) => Promise<Machine>) | undefined
} = {
  reference: async () => referenceMachine(),
  cpu: async (tf) => {
    const { cpuDevice } = await import('../backends/tfjs/load.ts')
    const { arrayKernels } = await import('../backends/tfjs/kernels/index.ts')
    return new DeviceMachine(await cpuDevice(undefined, tf), arrayKernels)
  },
  wasm: async (tf) => {
    const { wasmDevice } = await import('../backends/tfjs/load.ts')
    const { wasmTables } = await import('../backends/wasm/table.ts')
    const parts = await wasmDevice(tf)
    const { kernels, updates } = wasmTables(parts)
    return new DeviceMachine(parts.device, kernels, updates)
  },
  tensorflow: async () => {
    const { loadTensorflow } = await import('../backends/tensorflow/load.ts')
    const { tensorflowKernels } = await import('../backends/tensorflow/kernels.ts')
    return new DeviceMachine((await loadTensorflow()).device, tensorflowKernels)
  },
  native: async () => (await import('./native-machine.ts')).nativeMachine(),
  webgpu: async () => (await import('./webgpu-machine.ts')).webGpuMachine(),
}

/**
 * A machine on a backend: reference, cpu, wasm, or native, tensorflow or webgpu if this computer has what
 * they need. `onnxruntime` runs complete graphs, and a program has single operations. Rejects with the reason
 * if it does not start.
 */
export async function openMachine(name: string, tf?: TensorFlow): Promise<Machine> {
  const make = makers[name]
  if (make === undefined) throw new Error(`no backend ${name}: ${Object.keys(makers).join(', ')}`)
  return make(tf)
}
