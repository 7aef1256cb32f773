/** Files and folders of a run as a whole, with an error that a person understands. */
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { cannotRead, cannotWrite } from '../diagnostics/messages/weights.ts'
import type { Disk } from './disk.ts'
import { isSystemError, reasonOf } from './system-error.ts'

/** The text of a file; undefined if it is not there. @throws DiagnosticError E0915 */
export function readText(file: string, disk: Disk): string | undefined {
  return readFile(file, disk)?.toString('utf8')
}

/** The bytes of a file; undefined if it is not there. @throws DiagnosticError E0915 */
export function readFile(file: string, disk: Disk): Buffer | undefined {
  return reading(file, () => {
    if (disk.stat(file) === undefined) return undefined
    const opened = disk.open(file, 'read')
    try {
      const bytes = Buffer.alloc(opened.size())
      for (let at = 0; at < bytes.length; ) {
        const count = opened.read(bytes.subarray(at), at)
        if (count === 0) return bytes.subarray(0, at)
        at += count
      }
      return bytes
    } finally {
      opened.close()
    }
  })
}

/** Whether there is a file or folder. @throws DiagnosticError E0915 */
export function isThere(path: string, disk: Disk): boolean {
  return reading(path, () => disk.stat(path) !== undefined)
}

/** The names in a folder; none if it is not there. @throws DiagnosticError E0915 */
export function namesIn(folder: string, disk: Disk): string[] {
  return reading(folder, () => (disk.stat(folder)?.kind === 'folder' ? disk.list(folder) : []))
}

/** Removes a file, or a folder with everything in it. @throws DiagnosticError E0907 */
export function removeAll(path: string, disk: Disk): void {
  writing(path, () => {
    if (disk.stat(path)?.kind !== 'folder') return disk.remove(path)
    for (const name of disk.list(path)) removeAll(`${path}/${name}`, disk)
    disk.removeFolder(path)
  })
}

/** Runs calls of the system that read. @throws DiagnosticError E0915 where it refuses */
export function reading<Result>(path: string, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    if (!isSystemError(error)) throw error
    throw new DiagnosticError(cannotRead({ path, reason: reasonOf(error) }))
  }
}

/** Runs calls of the system that write. @throws DiagnosticError E0907 where it refuses */
export function writing<Result>(path: string, write: () => Result): Result {
  try {
    return write()
  } catch (error) {
    if (!isSystemError(error)) throw error
    throw new DiagnosticError(cannotWrite({ path, reason: reasonOf(error) }))
  }
}
