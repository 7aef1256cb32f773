/**
 * Lets one process at a time write into the folder of a run. The lock of a process of this machine counts
 * while the process exists. Of other machines only its renewal is seen: a lock counts for `lease` after it.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { folderInUse } from '../diagnostics/messages/command-line.ts'
import type { Disk } from '../disk/disk.ts'
import { makeFolder } from '../disk/make-folder.ts'
import { nodeDisk } from '../disk/node-disk.ts'
import { isSystemError } from '../disk/system-error.ts'
import { reading, writing } from '../disk/whole-files.ts'
import { type Holder, type Link, LockFile } from './lock-file.ts'

/** Milliseconds. A thread renews the lock, so that a long step does not let it run out. */
const lease = 60_000
const renewal = 10_000
/** A damaged lock may be one that is being written, where the file system has no links. */
const writingTime = 5_000

export interface FolderLock {
  /** The disk, on which nothing in the folder is changed once another process has the lock. */
  readonly disk: Disk
  release(): void
}

/** Throws E1115 if another process has the folder, E0907 if it is not writable. */
export function lockFolder(folder: string, disk: Disk = nodeDisk): FolderLock {
  makeFolder(folder, disk)
  const holder = ownHolder()
  const lock = writing(folder, () => LockFile.acquire(disk, folder, { holder, isAlive }))
  if (!(lock instanceof LockFile)) throw inUse(folder, lock, false)
  const stop = disk.keepChanging?.(lock.file, renewal)
  const release = (): void => {
    process.off('exit', release)
    stop?.()
    try {
      lock.release()
    } catch (error) {
      // The disk fails. The lock counts no longer when the process has ended.
      if (!isSystemError(error)) throw error
    }
  }
  process.on('exit', release)
  return { disk: guarded(disk, () => requireHeld(folder, lock)), release }
}

/** Whether a process is at work in the folder of a run. */
export function isInUse(folder: string): boolean {
  const last = reading(folder, () => LockFile.chain(nodeDisk, folder).at(-1))
  return last !== undefined && isAlive(last, Date.now())
}

/** @throws DiagnosticError E1115 */
function requireHeld(folder: string, lock: LockFile): void {
  const successor = reading(folder, () => lock.successor())
  if (successor !== undefined) throw inUse(folder, successor, true)
}

function inUse(path: string, { holder }: Link, lost: boolean): DiagnosticError {
  const { pid, host, since } = holder ?? { pid: 0, host: 'an unknown machine', since: 'an unknown time' }
  const [here, renewed] = [isHere(holder), holder?.lease !== undefined]
  const file = `${path}/lock`
  return new DiagnosticError(folderInUse({ path, file, pid, host, since, here, renewed, lost }))
}

/** A disk that looks before each change whether it is still allowed. */
function guarded(disk: Disk, requireAllowed: () => void): Disk {
  return {
    ...disk,
    open: (file, mode) => {
      if (mode !== 'read') requireAllowed()
      return disk.open(file, mode)
    },
    rename: (from, to) => {
      requireAllowed()
      disk.rename(from, to)
    },
    link: (file, name) => {
      requireAllowed()
      disk.link(file, name)
    },
    remove: (file) => {
      requireAllowed()
      disk.remove(file)
    },
  }
}

function ownHolder(): Holder & { readonly token: string } {
  const began = beganOf(process.pid)
  const system = runningSystem()
  return {
    pid: process.pid,
    host: hostname(),
    since: new Date().toISOString(),
    ...(system === undefined ? {} : { system }),
    ...(began === undefined ? {} : { began }),
    lease,
    token: randomBytes(12).toString('hex'),
  }
}

/** Whether the holder's process would be seen from this one. */
function isHere(holder: Holder | undefined): boolean {
  return holder?.host === hostname() && (holder.system === undefined || holder.system === runningSystem())
}

function isAlive({ holder, changed }: Link, now: number): boolean {
  if (holder === undefined) return now - changed < writingTime
  const { pid, began, lease: time } = holder
  if (!isHere(holder)) return time === undefined || now - changed < time
  try {
    process.kill(pid, 0)
  } catch (error) {
    // A process of another user exists, too.
    return isSystemError(error) && error.code === 'EPERM'
  }
  return began === undefined || beganOf(pid) === began
}

/** Field 22 of /proc/PID/stat, after the name in parentheses; undefined where the system has no such file. */
function beganOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}

/** Another one after a restart, and in another container; undefined where Linux does not tell. */
function runningSystem(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return undefined
  }
}
