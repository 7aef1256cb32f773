/**
 * The WebAssembly backend of TensorFlow.js with its memory and data ids. It has vector kernels on that memory
 * if the engine has vector instructions, and typed-array kernels for the rest. Without vector instructions,
 * matrix products use the backend's own kernel.
 */
import { Executor } from '../../run/executor.ts'
import { tfjsVersion, wasmDevice } from '../tfjs/load.ts'
import { wasmTables } from './table.ts'

export { wasmKernels } from './table.ts'

export async function wasmRunner(): Promise<Executor> {
  const parts = await wasmDevice()
  const { kernels, updates } = wasmTables(parts)
  return new Executor(parts.device, kernels, undefined, updates, await tfjsVersion())
}
