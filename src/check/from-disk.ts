/** The texts of specs and of the library, from disk. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { errorLine } from '../diagnostics/error-text.ts'
import { shippedFolder } from '../diagnostics/shipped.ts'
import { fileBytes, filePart, statOf, UnreadableFile } from '../files/regular-file.ts'
import { invalidLine } from '../files/utf8.ts'
import { limits } from '../syntax/limits.ts'

/** Text of a file, or undefined where there is none. */
export type Reader = (path: string) => string | undefined

/** Of a file that is too long for a spec, as much as shows that. */
export const readFromDisk: Reader = (path) => {
  try {
    return filePart(path, 0, mostBytes).toString('utf8')
  } catch {
    return undefined
  }
}

/** A UTF-16 unit has at most three bytes. */
const mostBytes = 3 * (limits.characters + 1)

/** Why a file that is there is no text; undefined if it is one, or if there is none. */
export function problemOf(path: string): string | undefined {
  try {
    const bytes = filePart(path, 0, mostBytes)
    // Its end may be the half of a character; it is refused for its length.
    const line = bytes.length < mostBytes ? invalidLine(bytes) : undefined
    return line === undefined ? undefined : `line ${line} is no UTF-8`
  } catch (error) {
    if (error instanceof UnreadableFile) return error.reason
    return isThere(path) ? errorLine(error) : undefined
  }
}

function isThere(path: string): boolean {
  return isFolder(path) === false
}

/** Undefined where nothing is, such as at a path longer than the system takes, of which `statSync` throws. */
export function isFolder(path: string): boolean | undefined {
  return statOf(path)?.isDirectory()
}

/** The bytes of a file; undefined where there is none. */
export function bytesFromDisk(path: string): Uint8Array | undefined {
  try {
    return fileBytes(path)
  } catch {
    return undefined
  }
}

/** The folder of the tool's library. */
export function findLibrary(): string | undefined {
  const folder = shippedFolder('std/bert.distill')
  return folder === undefined ? undefined : join(folder, 'std')
}

/**
 * The files of the library by the names that they declare, as an import writes them:
 * `std/losses.distill`.
 */
export function libraryNames(library: string | undefined): ReadonlyMap<string, string> {
  const files = new Map<string, string>()
  if (library === undefined) return files
  for (const entry of readdirSync(library).filter((name) => name.endsWith('.distill'))) {
    const declared = (readFromDisk(join(library, entry)) ?? '').matchAll(/^(?:model|head|def|loss) (\w+)/gm)
    for (const [, name = ''] of declared) if (!files.has(name)) files.set(name, `std/${entry}`)
  }
  return files
}
