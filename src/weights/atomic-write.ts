/**
 * Atomic writes: the new text goes to a temporary file beside the old one, is flushed to the disk (fsync),
 * and replaces the old one by one rename. A crash at any moment leaves either the old file or the new one.
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import path from 'node:path'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { cannotWrite } from '../diagnostics/messages/weights.ts'
import { makeFolder } from './make-folder.ts'
import { isSystemError, reasonOf } from './system-error.ts'

/** Longest piece given to one write call; the system takes less than 2 GiB at once. */
const piece = 1 << 28

/**
 * Writes `parts` in sequence as the file `file`, and makes its folder if needed. The parts may be made
 * lazily, so that a large file is never in memory twice.
 * @throws DiagnosticError E0907 if the system refuses; an existing file then stays as it was
 */
export function writeAtomically(file: string, parts: Iterable<Uint8Array>): void {
  const temporary = `${file}.${process.pid}.partial`
  makeFolder(path.dirname(file))
  try {
    const descriptor = openSync(temporary, 'w')
    try {
      for (const part of parts) writeAll(descriptor, part)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(temporary, file)
    syncFolder(path.dirname(file))
  } catch (error) {
    discard(temporary)
    if (!isSystemError(error)) throw error
    throw new DiagnosticError(cannotWrite({ path: file, reason: reasonOf(error) }))
  }
}

function discard(file: string): void {
  try {
    rmSync(file, { force: true })
  } catch {
    return
  }
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    at += writeSync(descriptor, bytes, at, Math.min(piece, bytes.length - at))
  }
}

/** The rename is a change of the folder. Not every system can flush a folder. */
function syncFolder(folder: string): void {
  try {
    const descriptor = openSync(folder, 'r')
    try {
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
  } catch {
    return
  }
}
