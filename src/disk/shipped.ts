/** Files that come with the program: the library of the language and the pages of the error codes. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The nearest folder above this module that contains `path`, such as `std/bert.distill`. It works from src
 * and from dist.
 */
export function shippedFolder(path: string): string | undefined {
  let folder = dirname(fileURLToPath(import.meta.url))
  for (;;) {
    if (existsSync(join(folder, path))) return folder
    const parent = dirname(folder)
    if (parent === folder) return undefined
    folder = parent
  }
}

/** The text of such a file. */
export function shippedText(path: string): string {
  const folder = shippedFolder(path)
  if (folder === undefined) throw new Error(`${path} is not beside the program`)
  return readFileSync(join(folder, path), 'utf8')
}
