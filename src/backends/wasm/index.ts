/**
 * The WebAssembly backend of TensorFlow.js: its memory and its data ids, our vector kernels on that memory
 * where the engine has vector instructions, typed-array kernels for the rest. Without them, matrix products
 * go through the backend's own kernel.
 */
import { Executor } from '../../run/executor.ts'
import { wasmDevice } from '../tfjs/load.ts'
import { wasmTables } from './table.ts'

export { wasmKernels } from './table.ts'

export async function wasmRunner(): Promise<Executor> {
  const parts = await wasmDevice()
  const { kernels, updates } = wasmTables(parts)
  return new Executor(parts.device, kernels, undefined, updates)
}
