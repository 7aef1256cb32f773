/**
 * Finds oneDNN on this machine: at the path of the environment variable, by the loader's own search, or in
 * the folders of package managers. A folder that no variable names is searched only if other users cannot
 * write to it.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { libraryMissing } from '../../diagnostics/messages/backends.ts'
import { othersCanChange } from '../../run/private-folder.ts'
import type { Foreign, ForeignLibrary } from '../foreign/foreign.ts'
import { bind, type OneDnn } from './bindings.ts'

/** The environment variable that names a library to be taken instead of what is found. */
const librarySetting = 'DISTILL_DNNL'

/** First version that has everything used here. */
const needed = { major: 3, minor: 3 }

export interface Machine {
  readonly platform: NodeJS.Platform
  readonly environment: { readonly [name: string]: string | undefined }
  /** Files of a folder; none where it cannot be read. */
  readonly list: (folder: string) => readonly string[]
  /** Why others could change what is in a folder; undefined where only this user and the system can. */
  readonly fault: (folder: string) => string | undefined
}

const thisMachine: Machine = {
  platform: process.platform,
  environment: process.env,
  list: (folder) => {
    try {
      return readdirSync(folder)
    } catch {
      return []
    }
  },
  fault: (folder) => othersCanChange(folder)?.reason,
}

export interface LoadedLibrary {
  readonly path: string
  /** Such as 3.6. */
  readonly version: string
  readonly dnnl: OneDnn
  /** The library itself: what it is linked with can be reached through it, OpenMP among others. */
  readonly library: ForeignLibrary
}

/** Throws E1120 if there is no oneDNN, or none that is new enough. */
export function loadOneDnn(
  foreign: Pick<Foreign, 'load' | 'view'>,
  machine: Machine = thisMachine,
): LoadedLibrary {
  let reason: string | undefined
  for (const path of candidates(machine)) {
    const library = attempt(foreign, path)
    if (library === undefined) continue
    const version = versionOf(foreign, library)
    if (version.major === needed.major && version.minor >= needed.minor)
      return { path, version: `${version.major}.${version.minor}`, dnnl: bind(library), library }
    reason ??= `${path} is oneDNN ${version.major}.${version.minor}, needed is ${needed.major}.${needed.minor} or a later 3`
  }
  const wanted = machine.environment[librarySetting]
  if (wanted !== undefined && wanted !== '')
    reason ??= `${librarySetting} names ${wanted}, which cannot be loaded`
  throw new DiagnosticError(
    libraryMissing({
      backend: 'native',
      reason: reason ?? 'oneDNN (libdnnl) is not installed',
      remedy: remedyOn(machine.platform),
    }),
  )
}

/** How to install it. */
function remedyOn(platform: NodeJS.Platform): string {
  const elsewhere = `or name a library in ${librarySetting}`
  if (platform === 'darwin')
    return `brew install onednn, or conda install -c conda-forge onednn, ${elsewhere}`
  if (platform === 'win32') return `conda install -c conda-forge onednn, ${elsewhere}`
  return `apt-get install libdnnl3.6 (Debian 13, Ubuntu 26.04), dnf install onednn (Fedora), conda install -c conda-forge onednn or pip install onednn, ${elsewhere}`
}

function candidates({ platform, environment, list, fault }: Machine): readonly string[] {
  const wanted = environment[librarySetting]
  if (wanted !== undefined && wanted !== '') return [wanted]
  const pattern = { darwin: /^libdnnl(\.\d[.\d]*)?\.dylib$/, win32: /^dnnl\.dll$/ }[String(platform)]
  const names = { darwin: ['libdnnl.3.dylib', 'libdnnl.2.dylib'], win32: ['dnnl.dll'] }[String(platform)]
  const { CONDA_PREFIX, VIRTUAL_ENV, PYTHONUSERBASE, HOME } = environment
  const below = (prefixes: readonly (string | undefined)[]): readonly string[] =>
    prefixes.flatMap((prefix) => (prefix ? [join(prefix, platform === 'win32' ? 'Library/bin' : 'lib')] : []))
  // where `pip install --user` puts it; HOME stays another user's under sudo
  const user = !PYTHONUSERBASE && HOME ? join(HOME, '.local') : undefined
  const unnamed = [
    ...below([user, '/opt/homebrew', '/usr/local']),
    ...(platform === 'linux'
      ? ['/usr/lib64', '/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib']
      : []),
  ]
  const folders = [
    ...below([CONDA_PREFIX, VIRTUAL_ENV, PYTHONUSERBASE]),
    ...unnamed.filter((folder) => fault(folder) === undefined),
  ]
  const found = folders.flatMap((folder) =>
    [...list(folder)]
      .filter((file) => (pattern ?? /^libdnnl\.so(\.\d[.\d]*)?$/).test(file))
      .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
      .map((file) => join(folder, file)),
  )
  const [name = '', ...olderNames] = names ?? ['libdnnl.so.3', 'libdnnl.so.2']
  const isOlder = (path: string): boolean => /libdnnl(\.so)?\.[012]\b/.test(path)
  // old versions last, to distinguish them from a missing library
  return [
    name,
    ...found.filter((path) => !isOlder(path)),
    ...olderNames,
    ...found.filter((path) => isOlder(path)),
  ]
}

function attempt(foreign: Pick<Foreign, 'load'>, path: string): ForeignLibrary | undefined {
  try {
    return foreign.load(path)
  } catch {
    return undefined
  }
}

/** `dnnl_version` gives a pointer to a structure that begins with three integers. */
function versionOf(
  foreign: Pick<Foreign, 'view'>,
  library: ForeignLibrary,
): { major: number; minor: number } {
  try {
    const address = library.function('dnnl_version', 'address', [])()
    const [major = 0, minor = 0] = new Int32Array(foreign.view(address, 12))
    return { major, minor }
  } catch {
    return { major: 0, minor: 0 }
  }
}
