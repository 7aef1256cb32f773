/** Whole files or nothing: what is written replaces the old file only when all of it is on disk. */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** Writes beside the target, flushes, then renames over it. The old file is untouched if anything fails. */
export function writeAtomically(path: string, content: string | Uint8Array | Iterable<Uint8Array>): void {
  mkdirSync(dirname(path), { recursive: true })
  const temporary = `${path}.${process.pid}.part`
  const file = openSync(temporary, 'w')
  try {
    for (const part of parts(content)) {
      for (let offset = 0; offset < part.byteLength; ) offset += writeSync(file, part, offset)
    }
    fsyncSync(file)
    closeSync(file)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

function parts(content: string | Uint8Array | Iterable<Uint8Array>): Iterable<Uint8Array> {
  if (typeof content === 'string') return [Buffer.from(content)]
  return content instanceof Uint8Array ? [content] : content
}
