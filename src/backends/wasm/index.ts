/** The WebAssembly backend of TensorFlow.js: its matrix product, and our kernels on its memory for the rest. */
import { Executor } from '../../run/executor.ts'
import { arrayKernels } from '../tfjs/kernels/index.ts'
import { wasmDevice } from '../tfjs/load.ts'
import { product } from '../tfjs/products.ts'

export async function wasmRunner(): Promise<Executor> {
  return new Executor(await wasmDevice(), { ...arrayKernels, contract: product, linear: product })
}
