/**
 * The last checkpoint of a run, in two generations: `last` and the one before it, `previous`. If `last` is
 * damaged or was deleted, the run continues from `previous`.
 */
import { basename } from 'node:path'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { noCheckpointLeft } from '../diagnostics/messages/runs.ts'
import { linkAtomically } from '../disk/atomic-write.ts'
import { isThere } from '../disk/whole-files.ts'
import { loadCheckpoint, type Progress, saveCheckpoint, type WrittenState } from './checkpoint.ts'
import type { ParameterStore } from './parameters.ts'
import type { RunFolder } from './run-folder.ts'

/** Writes `last`, after the lines of the log that it counts. Its predecessor becomes `previous`. */
export function saveLast(
  folder: RunFolder,
  store: ParameterStore,
  keys: readonly string[],
  optimizer: WrittenState,
  progress: Progress,
): void {
  const { disk, last, previous } = folder
  folder.syncLog()
  saveCheckpoint(last, store, keys, optimizer, progress, {
    disk,
    beforeReplacing: () => {
      if (isThere(last, disk)) linkAtomically(last, previous, disk)
    },
  })
  folder.noteSaved()
}

interface LastCheckpoint extends ReturnType<typeof loadCheckpoint> {
  /** The reason why it is not the newest. */
  readonly note?: string
}

/**
 * Reads the newest whole checkpoint into the store. Undefined if the run has not written one.
 * @throws DiagnosticError E1016 if all are damaged or were deleted
 */
export function loadLast(folder: RunFolder, store: ParameterStore): LastCheckpoint | undefined {
  const { disk, last, previous } = folder
  const newest = tryLoad(last, folder, store)
  if (typeof newest !== 'string') return newest
  const before = tryLoad(previous, folder, store)
  if (typeof before === 'string') {
    if (!isThere(last, disk) && !isThere(previous, disk) && !folder.hasSaved) return undefined
    throw new DiagnosticError(noCheckpointLeft({ run: folder.path, problems: [newest, before] }))
  }
  // Otherwise the next checkpoint would make the damaged one the generation before.
  linkAtomically(previous, last, disk)
  const { stage, step, finished } = before.progress
  const place =
    stage === undefined ? `the end of stage ${finished.at(-1)?.name}` : `stage ${stage}, step ${step}`
  return { ...before, note: `${newest}; the run continues from the checkpoint before it (${place})` }
}

/** Codes of errors in a file that is not what was written. */
const damage: ReadonlySet<string> = new Set(['E0902', 'E0903', 'E0904', 'E0914'])

/** What is wrong, where the file is damaged or missing. */
function tryLoad(file: string, folder: RunFolder, store: ParameterStore): LastCheckpoint | string {
  if (!isThere(file, folder.disk)) return `checkpoints/${basename(file)} is missing`
  try {
    return loadCheckpoint(file, store, folder)
  } catch (error) {
    const [found] = error instanceof DiagnosticError ? error.diagnostics : []
    if (found === undefined || !damage.has(found.code)) throw error
    return found.code === 'E0914' ? found.message : `damaged: ${found.message}`
  }
}
