/**
 * Compiled libraries in a folder of this user's own. A library is loaded only from a new private copy whose
 * hash was just checked, so that it cannot change between the check and the loading. The name of a cached
 * file has a hash of what it was made from and one of its content: a damaged or half-written one is found
 * and compiled again. Where others could have written to the folder, nothing is read from it.
 */
import { createHash } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import {
  isOwnFile,
  makePrivateTemporary,
  type NotPrivate,
  openPrivateFolder,
  temporaryParents,
} from '../../run/private-folder.ts'

/** What a killed process left behind is removed after so many milliseconds. */
const abandoned = 3_600_000
const workPrefix = 'work-'

/** A private folder with one library, to be discarded once that is loaded. */
export interface WorkFolder {
  readonly path: string
  readonly library: string
  readonly discard: () => void
}

export interface LibraryCopy {
  readonly path: string
  /** The number of the flags that it was made with. */
  readonly variant: number
  readonly done: () => void
}

export function digest(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 32)
}

export class LibraryCache {
  /** Why nothing is cached; undefined where the folder is private. */
  readonly fault: NotPrivate | undefined
  private readonly folder: string

  /** Makes the folder if it is missing. */
  constructor(folder: string) {
    this.folder = folder
    this.fault = openPrivateFolder(folder)
    if (this.fault === undefined) this.sweep()
  }

  /**
   * Private folders to work in, each opened by a call that throws where the system refuses: in the cache,
   * where code can be loaded from for certain, and then where temporary files go.
   */
  workFolders(): readonly (() => WorkFolder)[] {
    const own = this.fault === undefined ? [this.folder] : []
    return [...own, ...temporaryParents()].map((parent) => () => {
      const path = makePrivateTemporary(parent === this.folder ? workPrefix : 'distill-native-', [parent])
      return { path, library: join(path, 'kernels.so'), discard: () => discard(path) }
    })
  }

  /** A private copy of the library of that key; undefined where there is none. A damaged one is removed. */
  copyOf(key: string): LibraryCopy | undefined {
    if (this.fault !== undefined) return undefined
    for (const file of this.files()) {
      const [, variant, hash] = file.startsWith(`${key}-`) ? (/-(\d+)-(\w+)\.so$/.exec(file) ?? []) : []
      if (variant === undefined || hash === undefined) continue
      const content = ownContent(join(this.folder, file))
      const copy = content !== undefined && digest(content) === hash ? this.copy(content, hash) : undefined
      if (copy !== undefined) return { path: copy.library, variant: Number(variant), done: copy.discard }
      if (content === undefined || digest(content) !== hash) discard(join(this.folder, file))
    }
    return undefined
  }

  /**
   * Caches the library of a folder, which stays as it is: by one rename, so that no process sees a part of
   * it.
   */
  keep(key: string, variant: number, { path, library }: WorkFolder): void {
    if (this.fault !== undefined) return
    try {
      const content = readFileSync(library)
      const partial = join(path, 'kept.so')
      writeFileSync(partial, content, { flag: 'wx', mode: 0o700 })
      renameSync(partial, join(this.folder, `${key}-${variant}-${digest(content)}.so`))
    } catch {
      // full, or on another disk: the library is used all the same
    }
  }

  private copy(content: Uint8Array, hash: string): WorkFolder | undefined {
    for (const open of this.workFolders()) {
      let work: WorkFolder | undefined
      try {
        work = open()
        writeFileSync(work.library, content, { flag: 'wx', mode: 0o700 })
        if (digest(readFileSync(work.library)) === hash) return work
      } catch {
        // no room here: the next
      }
      work?.discard()
    }
    return undefined
  }

  private files(): readonly string[] {
    try {
      return readdirSync(this.folder)
    } catch {
      return []
    }
  }

  private sweep(): void {
    for (const name of this.files()) {
      if (!name.startsWith(workPrefix)) continue
      const path = join(this.folder, name)
      const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY
      if (Date.now() - changed > abandoned) discard(path)
    }
  }
}

/**
 * A file's content, read through one descriptor; undefined for a link, and for a file that others can
 * write.
 */
function ownContent(path: string): Uint8Array | undefined {
  try {
    const file = openSync(
      path,
      constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
    )
    try {
      return isOwnFile(fstatSync(file)) ? readFileSync(file) : undefined
    } finally {
      closeSync(file)
    }
  } catch {
    return undefined
  }
}

/** A loaded library cannot be removed on Windows, nor its folder on NFS: a later sweep does. */
function discard(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true })
  } catch {
    // see above
  }
}
