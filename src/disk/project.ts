/**
 * Which files a spec may import: those of its project. A spec from elsewhere could otherwise name any file
 * of the machine, and its errors would show their lines.
 */
import { existsSync, realpathSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'

/** The environment variable that `--allow-outside` sets to 1. */
export const outsideSetting = 'DISTILL_ALLOW_OUTSIDE'

/** Whether this process lets a spec import files from anywhere. */
export function mayImportAnywhere(): boolean {
  return process.env[outsideSetting] === '1'
}

/** The nearest folder above a spec with package.json or .git; without one, the folder of the spec. */
export function projectFolder(spec: string): string {
  const home = dirname(actual(spec))
  for (let folder = home; ; folder = dirname(folder)) {
    if (['package.json', '.git'].some((name) => existsSync(join(folder, name)))) return folder
    if (dirname(folder) === folder) return home
  }
}

/** Whether a file is in a folder or below it, links followed. */
export function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, actual(path))
  return !isAbsolute(way) && way.split(sep)[0] !== '..'
}

/** A path without links, as far as it exists. */
function actual(path: string): string {
  const whole = resolve(path)
  if (existsSync(whole)) return realpathSync(whole)
  return dirname(whole) === whole ? whole : join(actual(dirname(whole)), relative(dirname(whole), whole))
}
