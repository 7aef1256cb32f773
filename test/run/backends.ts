/** The backends that run on every machine, and both ways of wasm: with our vector kernels, and as on an engine without vector instructions. */
import { createRunner } from '../../src/backends/index.ts'
import { thisToolchain } from '../../src/backends/native/c/compiler.ts'
import { nativeRunner } from '../../src/backends/native/index.ts'
import { tensorflowKernels } from '../../src/backends/tensorflow/kernels.ts'
import { cpuDevice, wasmDevice } from '../../src/backends/tfjs/load.ts'
import { wasmKernels } from '../../src/backends/wasm/index.ts'
import { Executor } from '../../src/run/executor.ts'
import type { Runner } from '../../src/run/runner.ts'

export const testedBackends: readonly (readonly [name: string, open: () => Promise<Runner>])[] = [
  ['cpu', () => createRunner('cpu')],
  ['wasm', () => createRunner('wasm')],
  ['wasm without vectors', plainWasm],
  ['onnxruntime', () => createRunner('onnxruntime')],
  ['native', () => createRunner('native')],
  ['native without a compiler', () => nativeRunner({ toolchain: { ...thisToolchain(), compiler: 'none' } })],
  ['webgpu', () => createRunner('webgpu')],
  ['kernels for tensorflow, on cpu', libraryOnCpu],
]

async function plainWasm(): Promise<Runner> {
  const parts = await wasmDevice()
  return new Executor(parts.device, wasmKernels(parts, { vectors: false }))
}

/** What `tensorflow` runs, on a backend that is there: kernels by name, memory out of reach, shapes that belong to values. */
async function libraryOnCpu(): Promise<Runner> {
  return new Executor(await cpuDevice({ shaped: true }), tensorflowKernels)
}
