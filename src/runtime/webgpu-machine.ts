import { WebGpuDevice } from '../backends/webgpu/device.ts'
import { webGpuKernels } from '../backends/webgpu/table.ts'
import { updateKernelsOn } from '../backends/webgpu/update-kernels.ts'
import { DeviceMachine } from './device-machine.ts'

/** A machine on the GPU, which is its own and goes with it. */
class WebGpuMachine extends DeviceMachine {
  private readonly gpu: WebGpuDevice

  constructor(gpu: WebGpuDevice) {
    super(gpu, webGpuKernels(gpu), updateKernelsOn(gpu))
    this.gpu = gpu
  }

  override dispose(): void {
    super.dispose()
    this.gpu.dispose()
  }
}

/** Rejects where WebGPU does not start, with the reason. */
export async function webGpuMachine(): Promise<DeviceMachine> {
  return new WebGpuMachine(await WebGpuDevice.open())
}
