/** Loads native TensorFlow when a run needs it, and hands it out as a device. */

import { pathToFileURL } from 'node:url'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { errorLine } from '../../diagnostics/error-text.ts'
import { libraryMissing } from '../../diagnostics/messages/backends.ts'
import { hasNvidiaGpu } from '../gpus.ts'
import { TfjsDevice } from '../tfjs/device.ts'
import { type Activatable, activate, startAlone } from '../tfjs/load.ts'
import { gpuPackage, type Located, locateTensorflow, type TensorFlowPackage } from './locate.ts'

export interface LoadedTensorflow {
  readonly device: TfjsDevice
  /** Its library, its device, and the reason if it is not a GPU. */
  readonly detail: string
  readonly version: string
  readonly gpu: boolean
  /** A command that would bring it onto a GPU. */
  readonly remedy?: string
}

/**
 * The best package that starts. Rejects with E1120 where none is installed or none starts. `nvidia`: whether
 * there may be a GPU that TensorFlow runs on.
 */
export async function loadTensorflow(
  located: readonly Located[] = locateTensorflow(),
  nvidia = hasNvidiaGpu(),
): Promise<LoadedTensorflow> {
  // TensorFlow greets on the error stream, line after line: left to it are errors.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'
  const failed = new Map<TensorFlowPackage, string>()
  for (const { name, entry } of located) {
    try {
      const { version, gpu, device } = await startAlone(() => load(entry))
      const place = `TensorFlow ${version}, on ${gpu ? 'a GPU' : 'the processor'}`
      const idle = name === gpuPackage && !gpu ? [`${name} finds no GPU that it can use`] : []
      const remedy = gpu || !nvidia ? undefined : remedyOnProcessor(name, failed.has(gpuPackage))
      return {
        device,
        version,
        gpu,
        detail: [place, ...failed.values(), ...idle].join('; '),
        ...(remedy === undefined ? {} : { remedy }),
      }
    } catch (error) {
      failed.set(name, `${name} is installed but does not load: ${errorLine(error)}`)
    }
  }
  const reason = [...failed.values()].join('; ')
  const remedy = `${rebuild([...failed.keys()])}; or leave it out`
  throw new DiagnosticError(libraryMissing({ backend: 'tensorflow', reason, remedy }))
}

/** What would bring a run onto the GPU that the package which started leaves alone. */
function remedyOnProcessor(name: TensorFlowPackage, gpuFailed: boolean): string | undefined {
  if (name === gpuPackage) return undefined
  return gpuFailed ? rebuild([gpuPackage]) : `npm install ${gpuPackage} (for a GPU of NVIDIA with CUDA)`
}

function rebuild(names: readonly TensorFlowPackage[]): string {
  return `npm rebuild ${names.join(' ')}, whose installer fetches the native part`
}

/** The package has its own copy of TensorFlow.js, whose registry has its kernels. Its import starts it. */
async function load(
  entry: Located['entry'],
): Promise<{ readonly device: TfjsDevice; readonly version: string; readonly gpu: boolean }> {
  const loaded: Activatable & { default?: Activatable } = await import(pathToFileURL(entry).href)
  const core = loaded.default ?? loaded
  const backend = await activate(core, 'tensorflow')
  const gpu = 'isUsingGpuDevice' in backend && backend.isUsingGpuDevice === true
  return {
    device: new TfjsDevice('tensorflow', core, backend, { shaped: true }),
    version: versionOf(backend),
    gpu,
  }
}

function versionOf(backend: object): string {
  const binding: unknown = 'binding' in backend ? backend.binding : undefined
  if (typeof binding !== 'object' || binding === null || !('TF_Version' in binding)) return 'unknown'
  return String(binding.TF_Version)
}
