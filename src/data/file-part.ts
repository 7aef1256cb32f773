/** Reads the first bytes of a large file. `check` reads no more of it; training reads all of it. */
import { constants, gunzipSync } from 'node:zlib'
import { fileLimits } from '../files/limits.ts'
import { fileBytes, filePart, statOf } from '../files/regular-file.ts'

/** Whether only a part of this file is read. */
export function isLarger(file: string, limit: number | undefined): boolean {
  return limit !== undefined && (statOf(file)?.size ?? 0) > limit
}

/**
 * The bytes of a file, unpacked if its name ends in `.gz`. Of a larger file, what its first `limit` bytes
 * have. Throws the error of node:fs or node:zlib.
 */
export function readUnpacked(file: string, limit?: number): Buffer {
  const part = limit !== undefined && isLarger(file, limit)
  const bytes = part ? filePart(file, 0, limit) : fileBytes(file)
  if (!/\.gz$/i.test(file)) return bytes
  return gunzipSync(bytes, {
    maxOutputLength: fileLimits.text,
    ...(part ? { finishFlush: constants.Z_SYNC_FLUSH } : {}),
  })
}
