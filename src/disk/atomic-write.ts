/**
 * Atomic writes: the new text goes to a temporary file beside the old one, is flushed to the disk (fsync),
 * and replaces the old one by one rename, which is flushed too. A crash at any moment leaves either the old
 * file or the new one.
 */
import path from 'node:path'
import type { Disk, OpenFile } from './disk.ts'
import { makeFolder } from './make-folder.ts'
import { nodeDisk } from './node-disk.ts'
import { writing } from './whole-files.ts'

/**
 * Writes `parts` in sequence as the file `file`, and makes its folder if needed. The parts may be made
 * lazily, so that a large file is never in memory twice.
 * @throws DiagnosticError E0907 if the system refuses; an existing file then stays as it was
 */
export function writeAtomically(file: string, parts: Iterable<Uint8Array>, disk: Disk = nodeDisk): void {
  replaceFile(disk, file, (out) => writeParts(out, parts, 0))
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
 * Gives a file a second name, which may be taken. Files are replaced as a whole, so both stay valid.
 * @throws as `writeAtomically`
 */
export function linkAtomically(from: string, to: string, disk: Disk = nodeDisk): void {
  replaceBy(disk, to, (temporary) => {
    disk.remove(temporary)
    disk.link(from, temporary)
  })
}

function replaceBy(disk: Disk, file: string, make: (temporary: string) => void): void {
  const temporary = `${file}.${process.pid}.partial`
  makeFolder(path.dirname(file), disk)
  writing(file, () => {
    try {
      make(temporary)
      disk.rename(temporary, file)
      disk.syncFolder(path.dirname(file))
    } catch (error) {
      discard(disk, temporary)
      throw error
    }
  })
}

function discard(disk: Disk, file: string): void {
  try {
    disk.remove(file)
  } catch {
    return
  }
}

/** Parts smaller than this are written together. */
const together = 1 << 20

/** Writes parts one behind the other, from `at` on. */
export function writeParts(out: OpenFile, parts: Iterable<Uint8Array>, at: number): void {
  let waiting: Uint8Array[] = []
  let size = 0
  let place = at
  const flush = (): void => {
    if (size > 0) place = writeAll(out, Buffer.concat(waiting, size), place)
    waiting = []
    size = 0
  }
  for (const part of parts) {
    if (size + part.length > together) flush()
    if (part.length > together) place = writeAll(out, part, place)
    else {
      // A copy, because the next part may be made in the same memory.
      waiting.push(Uint8Array.from(part))
      size += part.length
    }
  }
  flush()
}

/** Writes all bytes from `at` on, and returns where they end. */
export function writeAll(out: OpenFile, bytes: Uint8Array, at: number): number {
  for (let done = 0; done < bytes.length; ) done += out.write(bytes.subarray(done), at + done)
  return at + bytes.length
}
