/** Reads the first bytes of a large file. `check` reads no more of it; training reads all of it. */
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { constants, gunzipSync } from 'node:zlib'

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

/** Bytes that a file of text may have, unpacked: what one text of JavaScript holds. */
const longest = 2 ** 29

/**
 * The bytes of a file, unpacked if its name ends in `.gz`. Of a larger file, what its first `limit` bytes
 * have. Throws the error of node:fs or node:zlib.
 */
export function readUnpacked(file: string, limit?: number): Buffer {
  const part = limit !== undefined && isLarger(file, limit)
  const bytes = part ? readBytes(file, 0, limit) : readFileSync(file)
  if (!/\.gz$/i.test(file)) return bytes
  return gunzipSync(bytes, {
    maxOutputLength: longest,
    ...(part ? { finishFlush: constants.Z_SYNC_FLUSH } : {}),
  })
}
