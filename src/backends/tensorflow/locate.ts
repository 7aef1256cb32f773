/**
 * Finds the package of native TensorFlow. It is no dependency, because its installer downloads native code.
 * Users install it themselves.
 */
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { libraryMissing } from '../../diagnostics/messages/backends.ts'
import { othersCanChange } from '../../run/private-folder.ts'
import { hasNvidiaGpu } from '../gpus.ts'

/** Best first. */
export const gpuPackage = '@tensorflow/tfjs-node-gpu'
const processorPackage = '@tensorflow/tfjs-node'
const tensorflowPackages = [gpuPackage, processorPackage] as const
export type TensorFlowPackage = (typeof tensorflowPackages)[number]

/**
 * The environment variable that names a folder in which one of them is installed, to be taken instead of what
 * is found.
 */
const folderSetting = 'DISTILL_TFJS_NODE'

/** What to install: the package for GPUs is of no use without one of NVIDIA. */
function remedyFor(nvidia: boolean): string {
  const install = nvidia
    ? `npm install ${gpuPackage} (for a GPU of NVIDIA with CUDA), or ${processorPackage} (for the processor)`
    : `npm install ${processorPackage}`
  return `${install}, or name a folder that has it in ${folderSetting}`
}

export interface Located {
  readonly name: TensorFlowPackage
  /** Path of the file that `import` is to be given. */
  readonly entry: string
}

/**
 * All installed packages, best first: in the folder of the environment variable if it is set, otherwise
 * beside distill itself, otherwise in the working directory, unless other users can write there. Throws E1120
 * if there is none.
 */
export function locateTensorflow(
  environment: { readonly [name: string]: string | undefined } = process.env,
  nvidia = hasNvidiaGpu(),
): readonly Located[] {
  const wanted = environment[folderSetting] || undefined
  const from = wanted === undefined ? import.meta.url : join(resolve(wanted), 'x')
  const here = join(process.cwd(), 'x')
  const faults: string[] = []
  const found = tensorflowPackages.flatMap((name) => {
    const named = entryOf(from, name)
    const entry = named ?? (wanted === undefined ? entryOf(here, name) : undefined)
    // no setting names the working directory as a place of code
    const fault = entry === undefined || named !== undefined ? undefined : othersCanChange(entry)
    if (fault !== undefined) faults.push(`${name} is not loaded from ${entry}: ${fault.reason}`)
    return entry === undefined || fault !== undefined ? [] : [{ name, entry }]
  })
  if (found.length > 0) return found
  const none = faults[0] ?? `neither ${tensorflowPackages.join(' nor ')} is installed`
  const reason = wanted === undefined ? none : `${none} in ${wanted}, which ${folderSetting} names`
  throw new DiagnosticError(libraryMissing({ backend: 'tensorflow', reason, remedy: remedyFor(nvidia) }))
}

function entryOf(from: string, name: string): string | undefined {
  try {
    return createRequire(from).resolve(name)
  } catch {
    return undefined
  }
}
