/** Loads native TensorFlow when a run needs it, and hands it out as a device. */

import { pathToFileURL } from 'node:url'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { errorLine } from '../../diagnostics/error-text.ts'
import { E1120 } from '../../diagnostics/messages/E1120.ts'
import { TfjsDevice } from '../tfjs/device.ts'
import { type Activatable, activate } from '../tfjs/load.ts'
import { type Located, locateTensorflow } from './locate.ts'

export interface LoadedTensorflow {
  readonly device: TfjsDevice
  /** The version of the library behind it, and where it computes. */
  readonly version: string
  readonly gpu: boolean
}

/** The best package that starts. Rejects with E1120 where none is installed or none starts. */
export async function loadTensorflow(): Promise<LoadedTensorflow> {
  // TensorFlow greets on the error stream, line after line: left to it are errors.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'
  const reasons: string[] = []
  for (const { name, entry } of locateTensorflow()) {
    try {
      return await load(entry)
    } catch (error) {
      reasons.push(`${name} is installed but does not load: ${errorLine(error)}`)
    }
  }
  const remedy =
    'npm rebuild @tensorflow/tfjs-node, whose installer fetches its native part; or leave the package out'
  throw new DiagnosticError(E1120({ backend: 'tensorflow', reason: reasons.join('; '), remedy }))
}

/** The package has a TensorFlow.js of its own, whose registry holds its kernels. */
async function load(entry: Located['entry']): Promise<LoadedTensorflow> {
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
