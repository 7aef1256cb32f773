/** Folders for what is written: with those above it, and with an error that a person understands. */
import path from 'node:path'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { cannotWrite } from '../diagnostics/messages/weights.ts'
import type { Disk } from './disk.ts'
import { nodeDisk } from './node-disk.ts'
import { isSystemError, reasonOf } from './system-error.ts'

/**
 * Makes a folder and those above it, one by one. Node's own recursive function never ends if the system
 * reports a folder that cannot be made as missing, as /proc does.
 * @throws DiagnosticError E0907 if the system refuses
 */
export function makeFolder(folder: string, disk: Disk = nodeDisk): void {
  try {
    const missing: string[] = []
    for (let at = path.resolve(folder); disk.stat(at) === undefined; at = path.dirname(at))
      missing.unshift(at)
    for (const one of missing) {
      try {
        disk.makeFolder(one)
      } catch (error) {
        // Another process made it in the meantime.
        if (!isSystemError(error) || error.code !== 'EEXIST') throw error
      }
      disk.syncFolder(path.dirname(one))
    }
  } catch (error) {
    if (!isSystemError(error)) throw error
    const reason = error.code === 'ENOENT' ? 'no folder can be made there' : reasonOf(error)
    throw new DiagnosticError(cannotWrite({ path: folder, reason }))
  }
}
