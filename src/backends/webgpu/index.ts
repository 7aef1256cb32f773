/**
 * WebGPU on Dawn, without a browser: products by TensorFlow.js, the rest by own programs, in a separate
 * thread.
 */
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { errorLine } from '../../diagnostics/error-text.ts'
import { libraryMissing } from '../../diagnostics/messages/backends.ts'
import { Executor } from '../../run/executor.ts'
import { WebGpuDevice } from './device.ts'
import type { AdapterFact } from './protocol.ts'
import { webGpuRemedy } from './remedy.ts'
import { webGpuKernels } from './table.ts'
import { updateKernelsOn } from './update-kernels.ts'

class WebGpuRunner extends Executor {
  readonly gpu: WebGpuDevice
  readonly detail: string
  override readonly libraries: Readonly<Record<string, string>>

  constructor(gpu: WebGpuDevice) {
    super(gpu, webGpuKernels(gpu), undefined, updateKernelsOn(gpu))
    this.gpu = gpu
    const { hardware, description } = gpu.adapter
    this.libraries = { adapter: description }
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

/**
 * Rejects if WebGPU does not start: with E1120 if a package or a driver is missing, otherwise with the
 * reason.
 */
export async function webGpuRunner(): Promise<WebGpuRunner> {
  try {
    return new WebGpuRunner(await WebGpuDevice.open())
  } catch (error) {
    const reason = errorLine(error)
    const remedy = webGpuRemedy(reason, process.platform)
    if (remedy === undefined) throw error
    throw new DiagnosticError(libraryMissing({ backend: 'webgpu', reason, remedy }))
  }
}
