/**
 * A folder that is written beside its place, and moved there when it is whole: whatever fails on the way
 * leaves what was there before.
 */
import { existsSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { cannotWrite } from '../diagnostics/messages/weights.ts'
import { makeFolder } from '../disk/make-folder.ts'
import { isSystemError, reasonOf } from '../disk/system-error.ts'

export class PartialFolder {
  readonly path: string
  private readonly to: string
  /** Folders above it that are not there yet, the innermost first. */
  private readonly missing: readonly string[]

  constructor(to: string) {
    this.to = to
    const missing: string[] = []
    for (let at = path.dirname(path.resolve(to)); !existsSync(at); at = path.dirname(at)) missing.push(at)
    this.missing = missing
    this.path = `${path.resolve(to)}.${process.pid}.partial`
  }

  /**
   * Moves all files to their place, over those of the same names, and removes others there that `isOurs`
   * accepts: they are of an earlier time. Throws E0907 where the system refuses.
   * @param isOurs of a file's path from the folder, with slashes
   */
  settle(isOurs: (file: string) => boolean): void {
    try {
      const moved = new Set(filesIn(this.path))
      moveInto(this.path, this.to)
      for (const file of filesIn(this.to)) if (!moved.has(file) && isOurs(file)) removeFile(this.to, file)
    } catch (error) {
      if (!isSystemError(error)) throw error
      throw new DiagnosticError(cannotWrite({ path: this.to, reason: reasonOf(error) }))
    }
  }

  /** Removes what was written and not moved, and folders that were made for it alone. */
  discard(): void {
    rmSync(this.path, { recursive: true, force: true })
    for (const folder of this.missing)
      if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder)
  }
}

function moveInto(from: string, to: string): void {
  makeFolder(to)
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [own, target] = [path.join(from, entry.name), path.join(to, entry.name)]
    if (entry.isDirectory()) moveInto(own, target)
    else renameSync(own, target)
  }
}

/** Paths from the folder, with slashes. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (!entry.isDirectory()) return [entry.name]
    return filesIn(path.join(folder, entry.name)).map((name) => `${entry.name}/${name}`)
  })
}

/** With its folder, if that is then empty. */
function removeFile(folder: string, file: string): void {
  const place = path.join(folder, file)
  rmSync(place)
  const above = path.dirname(place)
  if (above !== path.resolve(folder) && readdirSync(above).length === 0) rmdirSync(above)
}
