/**
 * The WebAssembly backend of TensorFlow.js: its memory and its data ids, our vector kernels on that memory where the engine has vector instructions,
 * typed-array kernels for the rest. Without them, matrix products go through the backend's own kernel.
 */
import type { KernelTable } from '../../run/device.ts'
import { Executor } from '../../run/executor.ts'
import { arrayKernels } from '../tfjs/kernels/index.ts'
import { type WasmParts, wasmDevice } from '../tfjs/load.ts'
import { product } from '../tfjs/products.ts'
import { productOn } from './product.ts'
import { type Vectors, vectorsOn } from './vectors.ts'

export async function wasmRunner(): Promise<Executor> {
  const parts = await wasmDevice()
  return new Executor(parts.device, wasmKernels(parts))
}

/** Kernels of the wasm backend; `vectors: false` leaves ours out. */
export function wasmKernels(parts: WasmParts, options = { vectors: true }): KernelTable {
  const vectors = options.vectors ? compiled(parts.memory) : undefined
  if (vectors === undefined) return { ...arrayKernels, contract: product, linear: product }
  const addressed = { vectors, address: parts.address }
  const own = productOn(addressed, product)
  return { ...arrayKernels, contract: own, linear: own }
}

function compiled(memory: WebAssembly.Memory | undefined): Vectors | undefined {
  if (memory === undefined) return undefined
  try {
    return vectorsOn(memory)
  } catch {
    return undefined
  }
}
