/** Reads the first bytes of a large file. `check` reads no more of it; training reads all of it. */
import { closeSync, openSync, readSync, statSync } from 'node:fs'

/** Whether only a part of this file is read. */
export function isLarger(file: string, limit: number | undefined): boolean {
  return limit !== undefined && (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > limit
}

/**
 * At most `count` bytes from an offset on; fewer at the end of the file. Throws the error of node:fs if the
 * system refuses.
 */
export function readBytes(file: string, from: number, count: number): Buffer {
  const descriptor = openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(count)
    return bytes.subarray(0, readSync(descriptor, bytes, 0, count, from))
  } finally {
    closeSync(descriptor)
  }
}
