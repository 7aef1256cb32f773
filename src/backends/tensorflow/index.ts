/** Native TensorFlow through tfjs-node or tfjs-node-gpu, where one is installed: its own kernels, host code on copies for what it has none for. */
import { Executor } from '../../run/executor.ts'
import { tensorflowKernels } from './kernels.ts'
import { type LoadedTensorflow, loadTensorflow } from './load.ts'

class TensorflowRunner extends Executor {
  readonly detail: string
  readonly onGpu: boolean

  constructor({ device, version, gpu }: LoadedTensorflow) {
    // its fused ops are what they are made of, or copies: no gain
    super(device, tensorflowKernels, [])
    this.detail = `TensorFlow ${version}, on ${gpu ? 'a GPU' : 'the processor'}`
    this.onGpu = gpu
  }
}

/** Rejects with E1120 where neither package is installed, or none starts. */
export async function tensorflowRunner(): Promise<Executor> {
  return new TensorflowRunner(await loadTensorflow())
}
