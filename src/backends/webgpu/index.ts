/** WebGPU on Dawn, without a browser: products by TensorFlow.js, the rest by programs of ours, in a thread of its own. */
import type { KernelTable } from '../../run/device.ts'
import { Executor } from '../../run/executor.ts'
import { fusedOnGpu } from './capabilities.ts'
import { WebGpuDevice } from './device.ts'
import { dropoutKernels } from './kernels/dropout.ts'
import { elementwiseKernels } from './kernels/elementwise.ts'
import { lookupKernels } from './kernels/lookup.ts'
import { lossKernels } from './kernels/losses.ts'
import { moveKernels } from './kernels/move.ts'
import { normaliseKernels } from './kernels/normalise.ts'
import { positionKernels } from './kernels/positions.ts'
import { productKernels } from './kernels/product.ts'
import { reduceKernels } from './kernels/reduce.ts'
import { softmaxKernels } from './kernels/softmax.ts'
import type { AdapterFact } from './protocol.ts'
import { updateKernelsOn } from './update-kernels.ts'

class WebGpuRunner extends Executor {
  readonly gpu: WebGpuDevice
  readonly detail: string

  constructor(gpu: WebGpuDevice) {
    super(gpu, webGpuKernels(gpu), fusedOnGpu, updateKernelsOn(gpu))
    this.gpu = gpu
    const { hardware, description } = gpu.adapter
    this.detail = hardware ? description : `software adapter, slow (${description})`
  }

  /** What the runner works on: whether it is a GPU, or the processor that imitates one. */
  get adapter(): AdapterFact {
    return this.gpu.adapter
  }

  get onGpu(): boolean {
    return this.adapter.hardware
  }

  override dispose(): void {
    super.dispose()
    this.gpu.dispose()
  }
}

/** Rejects where WebGPU does not start, with the reason. */
export async function webGpuRunner(): Promise<WebGpuRunner> {
  return new WebGpuRunner(await WebGpuDevice.open())
}

function webGpuKernels(device: WebGpuDevice): KernelTable {
  const elements = elementwiseKernels(device)
  return {
    ...elements,
    ...moveKernels(device),
    ...reduceKernels(device),
    ...softmaxKernels(device),
    ...normaliseKernels(device),
    ...lossKernels(device),
    ...lookupKernels(device),
    ...positionKernels(device),
    ...dropoutKernels(device),
    ...productKernels(device, () => elements),
  }
}
