/** Native TensorFlow through tfjs-node or tfjs-node-gpu, where one is installed: its matrix product, host kernels for the rest. */
import { Executor } from '../../run/executor.ts'
import { arrayKernels } from '../tfjs/kernels/index.ts'
import { tensorflowDevice } from '../tfjs/load.ts'
import { product } from '../tfjs/products.ts'

/** Throws what the import throws where neither package is installed. */
export async function tensorflowRunner(): Promise<Executor> {
  return new Executor(await tensorflowDevice(), { ...arrayKernels, contract: product, linear: product })
}
