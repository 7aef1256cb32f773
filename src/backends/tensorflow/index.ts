/**
 * Native TensorFlow through tfjs-node or tfjs-node-gpu, where one is installed: its own kernels, host code on
 * copies for what it has none for.
 */
import { Executor } from '../../run/executor.ts'
import { tensorflowKernels } from './kernels.ts'
import { type LoadedTensorflow, loadTensorflow } from './load.ts'

class TensorflowRunner extends Executor {
  readonly detail: string
  override readonly libraries: Readonly<Record<string, string>>
  readonly readsInstructions = true
  readonly onGpu: boolean
  readonly remedy?: string

  constructor({ device, detail, version, gpu, remedy }: LoadedTensorflow) {
    // its fused ops are what they are made of, or copies: no gain
    super(device, tensorflowKernels, [])
    this.detail = detail
    this.libraries = { TensorFlow: version, device: gpu ? 'GPU' : 'processor' }
    this.onGpu = gpu
    if (remedy !== undefined) this.remedy = remedy
  }
}

/** Rejects with E1120 where neither package is installed, or none starts. */
export async function tensorflowRunner(): Promise<Executor> {
  return new TensorflowRunner(await loadTensorflow())
}
