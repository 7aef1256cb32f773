/** Native TensorFlow through tfjs-node or tfjs-node-gpu, where one is installed: its own kernels, host code on copies for what it has none for. */
import { Executor } from '../../run/executor.ts'
import { tensorflowDevice } from '../tfjs/load.ts'
import { tensorflowKernels } from './kernels.ts'

/** Throws what the import throws where neither package is installed. */
export async function tensorflowRunner(): Promise<Executor> {
  // its fused ops are what they are made of, or copies: no gain
  return new Executor(await tensorflowDevice(), tensorflowKernels, [])
}
