/**
 * A lock that at most one process holds: the file `lock` in a folder. A process gets a free lock by giving a
 * file of its own this second name, which the system does for one of them only.
 *
 * The lock of a process that has ended is taken over. Several may try that at once, and one of them may be
 * slow. So no process removes a lock that may be another one by now. Instead, each lock names its holder by a
 * random token, and the file `lock.after-TOKEN` is the right to follow that holder. It is obtained in the
 * same way, by one process only. If `lock` then still has that token, nothing but this process can change it.
 * A process that ends between these steps is followed in the same way, so locks form a chain.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { writeAll } from '../disk/atomic-write.ts'
import type { Disk, Stat } from '../disk/disk.ts'
import { isSystemError } from '../disk/system-error.ts'
import { parsedJson } from '../files/json.ts'

const schema = z.object({
  pid: z.number(),
  host: z.string(),
  since: z.string(),
  /** The running system and its process numbers. Processes of another one cannot be seen. */
  system: z.string().optional(),
  /**
   * The start time of the process, as the system counts. It distinguishes a later process with the same
   * number.
   */
  began: z.string().optional(),
  /** The lock is renewed more often than once in so many milliseconds. Earlier versions did not renew it. */
  lease: z.number().optional(),
  token: z.string().optional(),
})
export type Holder = z.infer<typeof schema>

/** A link of the chain. */
export interface Link {
  /** Undefined where the file is damaged. */
  readonly holder: Holder | undefined
  readonly token: string
  /** The time of its last renewal, by the clock of the disk. */
  readonly changed: number
}

export interface LockOptions {
  readonly holder: Holder & { readonly token: string }
  /** Whether the process of a lock is at work. @param now the time by the clock of the disk */
  readonly isAlive: (link: Link, now: number) => boolean
}

export class LockFile {
  private readonly disk: Disk
  private readonly folder: string
  private readonly token: string
  private readonly text: string

  private constructor(disk: Disk, folder: string, { holder }: LockOptions) {
    this.disk = disk
    this.folder = folder
    this.token = holder.token
    this.text = JSON.stringify(holder)
  }

  /** The lock, or who has it. The folder must exist. Throws what the system refuses. */
  static acquire(disk: Disk, folder: string, options: LockOptions): LockFile | Link {
    const lock = new LockFile(disk, folder, options)
    try {
      return lock.acquire(options.isAlive)
    } finally {
      disk.remove(lock.own)
    }
  }

  /** The holder of a folder, and those that were about to follow it; empty if the lock is free. */
  static chain(disk: Disk, folder: string): readonly Link[] {
    const links: Link[] = []
    for (let file = join(folder, 'lock'); links.length < 100; ) {
      const link = readLink(disk, file)
      if (link === undefined) break
      links.push(link)
      file = afterOf(folder, link.token)
    }
    return links
  }

  /** Where the lock is. */
  get file(): string {
    return join(this.folder, 'lock')
  }

  /** The process that has taken over the lock; undefined while it is still held. */
  successor(): Link | undefined {
    const chain = LockFile.chain(this.disk, this.folder)
    return chain.length === 1 && chain[0]?.token === this.token ? undefined : (chain.at(-1) ?? missing)
  }

  /** Frees the lock, unless another process has taken it over. */
  release(): void {
    const { disk, folder, token } = this
    const after = afterOf(folder, token)
    // The right to follow itself: from now on no other process can take over the lock.
    try {
      this.writeOwn(`${token}-released`)
      if (!linked(disk, this.own, after)) return
    } finally {
      disk.remove(this.own)
    }
    if (readLink(disk, this.file)?.token === token) disk.remove(this.file)
    disk.remove(after)
  }

  private get own(): string {
    return join(this.folder, `lock-${this.token}.partial`)
  }

  private acquire(isAlive: LockOptions['isAlive']): LockFile | Link {
    const { disk, folder, own, file } = this
    for (;;) {
      const now = this.writeOwn(this.token)
      if (linked(disk, own, file)) return this.tidied(isAlive, now)
      const chain = LockFile.chain(disk, folder)
      const last = chain.at(-1)
      if (last === undefined) continue
      if (isAlive(last, now)) return last
      const after = afterOf(folder, last.token)
      if (!linked(disk, own, after)) continue
      const again = LockFile.chain(disk, folder)
      const wanted = [...chain.map(({ token }) => token), this.token]
      if (again.length === wanted.length && again.every(({ token }, k) => token === wanted[k])) {
        disk.rename(own, file)
        disk.syncFolder(folder)
        return this.tidied(isAlive, now)
      }
      // Another process has followed in the meantime.
      disk.remove(after)
    }
  }

  /** Writes the file of its own, and returns the time of that. */
  private writeOwn(token: string): number {
    const { disk, own } = this
    const out = disk.open(own, 'replace')
    try {
      writeAll(out, Buffer.from(this.text.replace(this.token, token)), 0)
      out.sync()
    } finally {
      out.close()
    }
    return disk.stat(own)?.changed ?? 0
  }

  /** Removes rights to follow holders that are no more, and what ended processes did not remove. */
  private tidied(isAlive: LockOptions['isAlive'], now: number): this {
    const { disk, folder, token, own } = this
    for (const name of disk.list(folder)) {
      const path = join(folder, name)
      if (name.startsWith('lock.after-') && name !== `lock.after-${token}`) disk.remove(path)
      if (!/^lock-.*\.partial$/.test(name) || path === own) continue
      // One of a process at work is left to it, which is no necessity: it would write the file once more.
      const link = readLink(disk, path)
      if (link && (link.holder === undefined || !isAlive(link, now))) disk.remove(path)
    }
    return this
  }
}

const missing: Link = { holder: undefined, token: '', changed: 0 }

function afterOf(folder: string, token: string): string {
  return join(folder, `lock.after-${token}`)
}

/** Whether a file got this second name; false if the name is taken, or the file was removed by another. */
function linked(disk: Disk, file: string, name: string): boolean {
  try {
    disk.link(file, name)
    return true
  } catch (error) {
    if (isSystemError(error) && (error.code === 'EEXIST' || error.code === 'ENOENT')) return false
    throw error
  }
}

/** Undefined if the file is not there. */
function readLink(disk: Disk, file: string): Link | undefined {
  try {
    const opened = disk.open(file, 'read')
    try {
      const bytes = Buffer.alloc(4096)
      const text = bytes.toString('utf8', 0, opened.read(bytes, 0))
      const { changed }: Pick<Stat, 'changed'> = disk.stat(file) ?? missing
      const holder = schema.safeParse(parsedJson(text)).data
      // Locks of earlier versions have no token.
      const token = holder?.token ?? createHash('sha256').update(text).digest('hex').slice(0, 16)
      return { holder, token, changed }
    } finally {
      opened.close()
    }
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return undefined
    throw error
  }
}
