/**
 * Results that runs of a sweep share, in its folder `shared/`: `stage-KEY/` and `frozen-KEY/`. KEY is a hash
 * of everything that decides the result, so it is not computed a second time. A run takes links or copies, so
 * its folder is complete in itself.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeAtomically } from '../disk/atomic-write.ts'
import { makeFolder } from '../disk/make-folder.ts'
import { isSystemError } from '../disk/system-error.ts'
import { writing } from '../disk/whole-files.ts'
import { fileText } from '../files/regular-file.ts'

export type SharedKind = 'stage' | 'frozen'

export interface SharedEntry {
  readonly path: string
  /** The folder of the run that computed it. */
  readonly from: string
}

/** A file that says which run made an entry, and one that is there once another run has taken it. */
const [origin, taken] = ['from.txt', 'taken.txt']

export class SharedResults {
  private readonly folder: string
  private readonly run: string

  /**
   * @param folder of all entries
   * @param run the folder of this run, as messages name it
   */
  constructor(folder: string, run: string) {
    this.folder = folder
    this.run = run
  }

  /** The result that another run has computed. */
  find(kind: SharedKind, key: string): SharedEntry | undefined {
    const path = this.place(kind, key)
    if (!existsSync(join(path, origin))) return undefined
    const from = fileText(join(path, origin))
    if (from !== this.run) writeFileSync(join(path, taken), '')
    return { path, from }
  }

  /**
   * Adds a result, whole or not at all. `write` puts its files into the folder that it is given.
   * @throws DiagnosticError E0907 where the system refuses
   */
  publish(kind: SharedKind, key: string, write: (folder: string) => void): void {
    const path = this.place(kind, key)
    if (existsSync(path)) return
    // Another process of the sweep may have the same result at the same time.
    const partial = `${path}.${randomBytes(6).toString('hex')}.partial`
    writing(path, () => {
      try {
        makeFolder(partial)
        write(partial)
        writeAtomically(join(partial, origin), [Buffer.from(this.run)])
        if (!existsSync(path)) renameSync(partial, path)
      } catch (error) {
        if (!isSystemError(error) || !['EEXIST', 'ENOTEMPTY'].includes(error.code ?? '')) throw error
      } finally {
        rmSync(partial, { recursive: true, force: true })
      }
    })
  }

  /** Removes a result that is damaged. */
  remove(kind: SharedKind, key: string): void {
    rmSync(this.place(kind, key), { recursive: true, force: true })
  }

  private place(kind: SharedKind, key: string): string {
    return join(this.folder, `${kind}-${key}`)
  }
}

/**
 * When all runs of a sweep are finished: keeps the stages that several of them have in common, for values and
 * seeds that are added later.
 */
export function tidyShared(folder: string): void {
  if (!existsSync(folder)) return
  for (const name of readdirSync(folder))
    if (!name.startsWith('stage-') || !existsSync(join(folder, name, taken)))
      rmSync(join(folder, name), { recursive: true, force: true })
  if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true, force: true })
}
