/** A file of weights, opened for reading. */
import { DiagnosticError, type Span } from '../diagnostics/diagnostic.ts'
import { cannotRead, weightsNotFound } from '../diagnostics/messages/weights.ts'
import type { Disk, OpenFile } from '../disk/disk.ts'
import { nodeDisk } from '../disk/node-disk.ts'
import { isSystemError, reasonOf } from '../disk/system-error.ts'

export interface ReadOptions {
  /** Where a spec names the file, for messages. */
  readonly span?: Span
  /** Where the file is, by default on the disk of this machine. */
  readonly disk?: Disk
  /** Whether it is a file of a run, and not weights that a spec names. */
  readonly ofRun?: boolean
}

/** @throws DiagnosticError E0901, or E0915 for a file of a run, where the system refuses the file. */
export function withFile<Result>(
  file: string,
  { span, disk = nodeDisk, ofRun = false }: ReadOptions,
  use: (opened: OpenFile) => Result,
): Result {
  try {
    const opened = disk.open(file, 'read')
    try {
      return use(opened)
    } finally {
      opened.close()
    }
  } catch (error) {
    if (!isSystemError(error)) throw error
    const reason = reasonOf(error)
    if (ofRun) throw new DiagnosticError(cannotRead({ path: file, reason }))
    const place = span === undefined ? {} : { span }
    throw new DiagnosticError(weightsNotFound({ path: file, found: reason, ...place }))
  }
}

/** What a reader throws for a name that its caller did not take from the header. */
export function missingTensor(path: string, name: string): RangeError {
  return new RangeError(`${path} has no tensor ${name}`)
}
