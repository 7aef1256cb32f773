/** The files of specs and the library of the language on disk. */
import { readdirSync } from 'node:fs'
import { dirname, isAbsolute, join, normalize } from 'node:path'
import type { SpecFiles } from '../check/spec-files.ts'
import { errorLine } from '../diagnostics/error-text.ts'
import { fileBytes, filePart, statOf, UnreadableFile } from '../files/regular-file.ts'
import { invalidLine } from '../files/utf8.ts'
import { limits } from '../syntax/limits.ts'
import { isWithin, mayImportAnywhere, projectFolder } from './project.ts'
import { shippedFolder } from './shipped.ts'

export const filesOnDisk: SpecFiles = {
  text(path) {
    try {
      return filePart(path, 0, mostBytes).toString('utf8')
    } catch {
      return undefined
    }
  },

  bytes(path) {
    try {
      return fileBytes(path)
    } catch {
      return undefined
    }
  },

  problem(path) {
    try {
      const bytes = filePart(path, 0, mostBytes)
      // Its end may be the half of a character; it is refused for its length.
      const line = bytes.length < mostBytes ? invalidLine(bytes) : undefined
      return line === undefined ? undefined : `line ${line} is no UTF-8`
    } catch (error) {
      if (error instanceof UnreadableFile) return error.reason
      return isFolder(path) === false ? errorLine(error) : undefined
    }
  },

  list: (folder) => (isFolder(folder) ? readdirSync(folder) : undefined),

  resolve: (from, written) => (isAbsolute(written) ? written : normalize(join(dirname(from), written))),

  projectWithout(path, spec) {
    const project = projectFolder(spec)
    return isWithin(path, project) || mayImportAnywhere() ? undefined : project
  },

  get library() {
    const folder = shippedFolder('std/bert.distill')
    return folder === undefined ? undefined : join(folder, 'std')
  },
}

/** A UTF-16 unit has at most three bytes. */
const mostBytes = 3 * (limits.characters + 1)

/** Undefined where nothing is, such as at a path longer than the system takes, of which `statSync` throws. */
function isFolder(path: string): boolean | undefined {
  return statOf(path)?.isDirectory()
}
