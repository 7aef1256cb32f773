/**
 * WebGPU on Dawn, without a browser: products by TensorFlow.js, the rest by programs of ours, in a thread of
 * its own.
 */
import { Executor } from '../../run/executor.ts'
import { WebGpuDevice } from './device.ts'
import type { AdapterFact } from './protocol.ts'
import { webGpuKernels } from './table.ts'
import { updateKernelsOn } from './update-kernels.ts'

class WebGpuRunner extends Executor {
  readonly gpu: WebGpuDevice
  readonly detail: string

  constructor(gpu: WebGpuDevice) {
    super(gpu, webGpuKernels(gpu), undefined, updateKernelsOn(gpu))
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
