/** A hash of a file's bytes, read piece by piece. */
import { createHash } from 'node:crypto'
import { closeSync, readSync } from 'node:fs'
import { openRegular } from '../files/regular-file.ts'

export function fileHash(path: string): string {
  const sha = createHash('sha256')
  const buffer = Buffer.alloc(1 << 22)
  const descriptor = openRegular(path)
  try {
    for (;;) {
      const count = readSync(descriptor, buffer)
      if (count === 0) break
      sha.update(buffer.subarray(0, count))
    }
  } finally {
    closeSync(descriptor)
  }
  return sha.digest('hex').slice(0, 16)
}
