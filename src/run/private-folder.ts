/**
 * Folders that only this user can write. A folder that others can write, or one of whose parents they can
 * replace, may have files of theirs: native code in it would run with this user's rights.
 */
import { lstatSync, mkdirSync, mkdtempSync, readlinkSync, type Stats } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, parse, resolve } from 'node:path'

/** Why a folder is not private, and what would change that. */
export interface NotPrivate {
  readonly reason: string
  readonly remedy: string
}

/** Undefined on Windows: rights are lists there, and the folders used here lie in the user's profile. */
export type User = number | undefined
const thisUser = (): User => process.getuid?.()

const [othersWrite, othersAny, sticky] = [0o022, 0o077, 0o1000]
/** As many as Linux follows. */
const mostLinks = 40
const elsewhere = 'name a folder of your own in XDG_CACHE_HOME'

/**
 * Makes a folder with its missing parents, for this user alone. Undefined where it is private afterwards.
 */
export function openPrivateFolder(folder: string, user: User = thisUser()): NotPrivate | undefined {
  const path = resolve(folder)
  try {
    // before it is made: so that nothing is made in a folder of others
    const before = othersCanChange(dirname(path), user)
    if (before !== undefined) return before
    makeFolders(path)
    return othersCanChange(dirname(path), user) ?? faultOf(path, user)
  } catch (error) {
    return { reason: `${path} cannot be used (${codeOf(error)})`, remedy: elsewhere }
  }
}

/**
 * Folder by folder: `recursive` says ENOENT of a read-only disk. Another process may make the same ones.
 */
function makeFolders(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return
  makeFolders(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

/**
 * A new private folder, to be removed by its caller: in the first of `parents` that takes it.
 * @throws Error where none does, with a line that says why
 */
export function makePrivateTemporary(
  prefix: string,
  parents: readonly string[] = temporaryParents(),
  user: User = thisUser(),
): string {
  let failure = ''
  for (const parent of parents) {
    try {
      const open = othersCanChange(parent, user)
      if (open === undefined) return mkdtempSync(join(resolve(parent), prefix))
      failure ||= open.reason
    } catch (error) {
      failure ||= `${parent}: ${codeOf(error)}`
    }
  }
  throw new Error(`no private temporary folder (${failure})`)
}

/** TMPDIR is the user's word. The others are where it is full, or does not let code be loaded. */
export function temporaryParents(): readonly string[] {
  return process.platform === 'win32' ? [tmpdir()] : [...new Set([tmpdir(), '/tmp', '/var/tmp'])]
}

/**
 * Whether a file in a private folder is this user's: it may have come there when the folder was not
 * private.
 */
export function isOwnFile(stat: Stats, user: User = thisUser()): boolean {
  return stat.isFile() && (user === undefined || (stat.uid === user && (stat.mode & othersWrite) === 0))
}

/** Of the folder itself: no link, this user's, and no other user has a right in it. */
function faultOf(path: string, user: User): NotPrivate | undefined {
  const stat = lstatSync(path)
  if (!stat.isDirectory() && !stat.isSymbolicLink())
    return { reason: `${path} is no folder`, remedy: `rm ${path}` }
  if (stat.isSymbolicLink()) return { reason: `${path} is a symbolic link`, remedy: `rm ${path}` }
  if (user === undefined) return undefined
  if (stat.uid !== user) return { reason: `${path} belongs to another user (${stat.uid})`, remedy: elsewhere }
  if ((stat.mode & othersAny) !== 0)
    return { reason: `${path} is open to other users (mode ${modeOf(stat)})`, remedy: `rm -r ${path}` }
  return undefined
}

/**
 * Whether another user could put something else at a path. Every folder on the way must belong to this user
 * or to the system, the path itself and folders behind links too. Others must not be able to rename what is
 * in it. What is missing is no fault.
 * @returns the first folder where that is not so; undefined if there is none
 */
export function othersCanChange(path: string, user: User = thisUser()): NotPrivate | undefined {
  if (user === undefined) return undefined
  try {
    return faultOnTheWay(resolve(path), user)
  } catch (error) {
    return { reason: `${path} cannot be checked (${codeOf(error)})`, remedy: elsewhere }
  }
}

function faultOnTheWay(path: string, user: number): NotPrivate | undefined {
  const { root } = parse(path)
  const pending = namesOf(path)
  let at = root
  for (let links = 0; ; ) {
    const fault = foreign(at, lstatSync(at), user)
    if (fault !== undefined) return fault
    const name = pending.shift()
    if (name === undefined) return undefined
    const next = name === '..' ? dirname(at) : join(at, name)
    const stat = lstatSync(next, { throwIfNoEntry: false })
    if (stat === undefined) return undefined
    if (!stat.isSymbolicLink()) {
      at = next
      continue
    }
    if (stat.uid !== 0 && stat.uid !== user)
      return { reason: `${next} is a symbolic link of another user (${stat.uid})`, remedy: elsewhere }
    if (++links > mostLinks) return { reason: `${path} goes round in symbolic links`, remedy: elsewhere }
    const target = readlinkSync(next)
    if (target.startsWith(root)) at = root
    pending.unshift(...namesOf(target))
  }
}

function foreign(path: string, stat: Stats, user: number): NotPrivate | undefined {
  if (stat.uid !== 0 && stat.uid !== user)
    return { reason: `${path} belongs to another user (${stat.uid})`, remedy: elsewhere }
  // in a sticky folder, as /tmp is, only owners rename and remove
  if ((stat.mode & othersWrite) !== 0 && (stat.mode & sticky) === 0)
    return {
      reason: `${path} can be written by other users (mode ${modeOf(stat)})`,
      remedy: `chmod go-w ${path}`,
    }
  return undefined
}

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.')
}

function modeOf({ mode }: Stats): string {
  return (mode & 0o7777).toString(8).padStart(4, '0')
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
