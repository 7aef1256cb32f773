/** A file of weights, opened for reading. */
import { DiagnosticError, type Span } from '../diagnostics/diagnostic.ts'
import { weightsNotFound } from '../diagnostics/messages/weights.ts'
import type { Disk, OpenFile } from '../disk/disk.ts'
import { nodeDisk } from '../disk/node-disk.ts'
import { isSystemError, reasonOf } from './system-error.ts'

export interface ReadOptions {
  /** Where a spec names the file, for messages. */
  readonly span?: Span
  /** Where the file is, by default on the disk of this machine. */
  readonly disk?: Disk
}

/** @throws DiagnosticError E0901 where the system refuses the file. */
export function withFile<Result>(
  file: string,
  { span, disk = nodeDisk }: ReadOptions,
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
    const place = span === undefined ? {} : { span }
    throw new DiagnosticError(weightsNotFound({ path: file, found: reasonOf(error), ...place }))
  }
}

/** What a reader throws for a name that its caller did not take from the header. */
export function missingTensor(path: string, name: string): RangeError {
  return new RangeError(`${path} has no tensor ${name}`)
}
