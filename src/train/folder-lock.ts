/**
 * Lets one process at a time write into the folder of a run. The file `lock` in it names that process. The
 * lock of a process that has ended (killed, or the machine was switched off) is taken over.
 */
import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { folderInUse } from '../diagnostics/messages/command-line.ts'
import { cannotWrite } from '../diagnostics/messages/weights.ts'
import { makeFolder } from '../weights/make-folder.ts'
import { isSystemError, reasonOf } from '../weights/system-error.ts'

const schema = z.object({
  pid: z.number(),
  host: z.string(),
  since: z.string(),
  /**
   * The start time of the process, as the system counts. It distinguishes a later process with the same
   * number.
   */
  began: z.string().optional(),
})
type Holder = z.infer<typeof schema>

export interface FolderLock {
  release(): void
}

/** Throws E1115 if another process has the folder, E0907 if it is not writable. */
export function lockFolder(folder: string): FolderLock {
  const file = join(folder, 'lock')
  makeFolder(folder)
  for (;;) {
    try {
      const descriptor = openSync(file, 'wx')
      try {
        writeSync(descriptor, JSON.stringify(ownHolder()))
      } finally {
        closeSync(descriptor)
      }
      return { release: () => rmSync(file, { force: true }) }
    } catch (error) {
      if (!isSystemError(error)) throw error
      if (error.code !== 'EEXIST')
        throw new DiagnosticError(cannotWrite({ path: file, reason: reasonOf(error) }))
    }
    const holder = readHolder(file)
    if (holder && isThere(holder)) {
      const { pid, host, since } = holder
      throw new DiagnosticError(
        folderInUse({ path: folder, file, pid, host, since, here: host === hostname() }),
      )
    }
    rmSync(file, { force: true })
  }
}

/** Whether a process is at work in the folder of a run. */
export function isInUse(folder: string): boolean {
  const holder = readHolder(join(folder, 'lock'))
  return holder !== undefined && isThere(holder)
}

function ownHolder(): Holder {
  const began = beganOf(process.pid)
  const since = new Date().toISOString()
  return { pid: process.pid, host: hostname(), since, ...(began === undefined ? {} : { began }) }
}

/** Undefined if the file is missing, or was cut short by a crash. */
function readHolder(file: string): Holder | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return undefined
  }
}

/** Processes of another machine cannot be seen, so its lock stays valid. */
function isThere({ pid, host, began }: Holder): boolean {
  if (host !== hostname()) return true
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
