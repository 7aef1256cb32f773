/**
 * A folder that is written beside its place, and moved there when it is whole: whatever fails on the way
 * leaves what was there before.
 */
import { existsSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { cannotWrite } from '../diagnostics/messages/weights.ts'
import { makeFolder } from './make-folder.ts'
import { isSystemError, reasonOf } from './system-error.ts'

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

  /** Moves all files to their place, over those of the same names. Throws E0907 where the system refuses. */
  settle(): void {
    try {
      moveInto(this.path, this.to)
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
