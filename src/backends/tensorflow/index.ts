/** Native TensorFlow through tfjs-node or tfjs-node-gpu, where one is installed: its own kernels, host code on copies for what it has none for. */
import { Executor } from '../../run/executor.ts'
import { tensorflowKernels } from './kernels.ts'
import { loadTensorflow } from './load.ts'

/** Rejects with E1120 where neither package is installed, or none starts. */
export async function tensorflowRunner(): Promise<Executor> {
  const { device } = await loadTensorflow()
  // its fused ops are what they are made of, or copies: no gain
  return new Executor(device, tensorflowKernels, [])
}
