/**
 * Atomic writes: the new text goes to a temporary file beside the old one, is flushed to the disk (fsync),
 * and replaces the old one by one rename, which is flushed too. A crash at any moment leaves either the old
 * file or the new one.
 */
import path from 'node:path'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { cannotWrite } from '../diagnostics/messages/weights.ts'
import type { Disk, OpenFile } from '../disk/disk.ts'
import { nodeDisk } from '../disk/node-disk.ts'
import { makeFolder } from './make-folder.ts'
import { isSystemError, reasonOf } from './system-error.ts'

/**
 * Writes `parts` in sequence as the file `file`, and makes its folder if needed. The parts may be made
 * lazily, so that a large file is never in memory twice.
 * @throws DiagnosticError E0907 if the system refuses; an existing file then stays as it was
 */
export function writeAtomically(file: string, parts: Iterable<Uint8Array>, disk: Disk = nodeDisk): void {
  replaceFile(disk, file, (out) => {
    let at = 0
    for (const part of parts) at = writeAll(out, part, at)
  })
}

/**
 * The same for a file that `write` does not write in sequence.
 * @param before called when the new file is whole and durable, before it takes the place of the old one
 * @throws as `writeAtomically`
 */
export function replaceFile(
  disk: Disk,
  file: string,
  write: (out: OpenFile) => void,
  before: () => void = () => {},
): void {
  replaceBy(disk, file, (temporary) => {
    const out = disk.open(temporary, 'replace')
    try {
      write(out)
      out.sync()
    } finally {
      out.close()
    }
    before()
  })
}

/**
 * Gives a file a second name, which may be taken, or copies it if the file system has no links. Files are
 * replaced as a whole, so both stay valid. @throws as `writeAtomically`
 */
export function linkAtomically(from: string, to: string, disk: Disk = nodeDisk): void {
  replaceBy(disk, to, (temporary) => {
    disk.remove(temporary)
    try {
      disk.link(from, temporary)
    } catch (error) {
      if (!isSystemError(error) || !noLinks.has(error.code ?? '')) throw error
      copy(disk, from, temporary)
    }
  })
}

/** What file systems without links answer, and a link to another file system. */
const noLinks = new Set(['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP', 'EXDEV', 'EMLINK'])

function copy(disk: Disk, from: string, to: string): void {
  const source = disk.open(from, 'read')
  try {
    const out = disk.open(to, 'replace')
    try {
      const buffer = new Uint8Array(1 << 20)
      for (let at = 0; ; ) {
        const count = source.read(buffer, at)
        if (count === 0) break
        at = writeAll(out, buffer.subarray(0, count), at)
      }
      out.sync()
    } finally {
      out.close()
    }
  } finally {
    source.close()
  }
}

function replaceBy(disk: Disk, file: string, make: (temporary: string) => void): void {
  const temporary = `${file}.${process.pid}.partial`
  makeFolder(path.dirname(file), disk)
  try {
    make(temporary)
    disk.rename(temporary, file)
    disk.syncFolder(path.dirname(file))
  } catch (error) {
    discard(disk, temporary)
    if (!isSystemError(error)) throw error
    throw new DiagnosticError(cannotWrite({ path: file, reason: reasonOf(error) }))
  }
}

function discard(disk: Disk, file: string): void {
  try {
    disk.remove(file)
  } catch {
    return
  }
}

/** Writes all bytes from `at` on, and returns where they end. */
export function writeAll(out: OpenFile, bytes: Uint8Array, at: number): number {
  for (let done = 0; done < bytes.length; ) done += out.write(bytes.subarray(done), at + done)
  return at + bytes.length
}
