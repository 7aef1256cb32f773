/** C source as a shared library of this machine, compiled once and cached (library-cache.ts). */
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { errorLine } from '../../diagnostics/error-text.ts'
import { userCache } from '../../run/user-cache.ts'
import { digest, LibraryCache, type WorkFolder } from './library-cache.ts'

const run = promisify(execFile)
const timeout = 120_000

/** The environment variable that names the compiler, as make has it. */
const compilerSetting = 'CC'

export interface Toolchain {
  /** A command. */
  readonly compiler: string
  /** The folder of cached libraries. */
  readonly cache: string
  /** What the processor can do: code made for one would stop on another. */
  readonly processor: string
}

export function thisToolchain(): Toolchain {
  const compiler = process.env[compilerSetting]
  return {
    compiler: compiler === undefined || compiler === '' ? 'cc' : compiler,
    cache: userCache('native'),
    processor: processorOf(),
  }
}

/** The model of the processor, and on Linux its features: virtual machines hide some. */
function processorOf(): string {
  const model = `${process.arch} ${cpus()[0]?.model ?? ''}`
  try {
    const text = readFileSync('/proc/cpuinfo', 'utf8')
    return `${model} ${/^(?:flags|Features)\s*:(.*)$/m.exec(text)?.[1] ?? ''}`
  } catch {
    return model
  }
}

/**
 * No `-ffast-math`, which would change NaN and infinity. Only `errno` and the flags of floating-point traps
 * are dropped, which no code reads.
 */
const common = [
  '-O2',
  '-ftree-vectorize',
  '-shared',
  '-fPIC',
  '-std=gnu11',
  '-fno-math-errno',
  '-fno-trapping-math',
  '-ffp-contract=fast',
]

/**
 * Tried in turn: compilers differ in how they name this machine, and some have no OpenMP. Apple's has none,
 * and then kernels run on one thread.
 */
const withThreads: readonly (readonly string[])[] = [
  ['-march=native', '-mprefer-vector-width=512', '-fopenmp'],
  ['-march=native', '-fopenmp'],
  ['-mcpu=native', '-fopenmp'],
  ['-march=native', '-fopenmp-simd'],
  ['-mcpu=native', '-fopenmp-simd'],
  [],
]

/**
 * Whether kernels have threads of their own, or are called by each of some that their caller has
 * (prelude.ts).
 */
export type Threading = 'own' | 'caller'

const variants: { readonly [threading in Threading]: readonly (readonly string[])[] } = {
  own: withThreads,
  caller: withThreads.map((flags) => flags.map((flag) => (flag === '-fopenmp' ? '-fopenmp-simd' : flag))),
}

/** A library to be loaded, or why there is none. `done` is to be called after it was loaded. */
export type CompiledLibrary =
  | {
      readonly path: string
      /** What makes it slower than it could be, such as `on 1 thread`; absent where nothing does. */
      readonly lack?: string
      readonly remedy?: string
      readonly done: () => void
    }
  | { readonly path: undefined; readonly reason: string; readonly remedy: string }

export async function compiledLibrary(
  source: string,
  toolchain: Toolchain = thisToolchain(),
  threading: Threading = 'own',
): Promise<CompiledLibrary> {
  const version = await versionOf(toolchain.compiler)
  if (version === undefined)
    return { path: undefined, reason: `no C compiler (${toolchain.compiler})`, remedy: installRemedy() }
  const flags = variants[threading]
  const key = digest(JSON.stringify([source, common, flags, version, toolchain.processor]))
  const cache = new LibraryCache(toolchain.cache)
  const copy = cache.copyOf(key)
  if (copy === undefined) return compile(source, toolchain, threading, { cache, key })
  return { ...copy, ...shortfall(flags[copy.variant], toolchain, threading, cache) }
}

/** What the kernels lack, and why they are not cached. */
function shortfall(
  flags: readonly string[] | undefined,
  toolchain: Toolchain,
  threading: Threading,
  { fault }: LibraryCache,
): { readonly lack?: string; readonly remedy?: string } {
  const own = lackOf(flags, toolchain, threading)
  if (fault === undefined) return own
  const uncached = `kernels are compiled at each start: ${fault.reason}`
  return {
    lack: own.lack === undefined ? uncached : `${own.lack}; ${uncached}`,
    remedy: own.remedy ?? fault.remedy,
  }
}

/** What a library lacks that was made with the flags of a variant. */
function lackOf(
  flags: readonly string[] = [],
  { compiler }: Toolchain,
  threading: Threading,
): { readonly lack?: string; readonly remedy?: string } {
  const lacks = [
    ...(threading === 'caller' || flags.includes('-fopenmp') ? [] : ['no OpenMP, so they run on 1 thread']),
    ...(flags.some((flag) => flag.endsWith('=native')) ? [] : ['no code for this processor in particular']),
  ]
  if (lacks.length === 0) return {}
  const gcc = process.platform === 'darwin' ? 'brew install gcc' : 'apt-get install gcc'
  const remedy = `${gcc}, and ${compilerSetting}=${process.platform === 'darwin' ? 'gcc-15, or what version it is' : 'gcc'}`
  return { lack: `kernels by ${compiler}: ${lacks.join(', ')}`, remedy }
}

function installRemedy(): string {
  if (process.platform === 'darwin') return 'xcode-select --install'
  return process.platform === 'linux' ? 'apt-get install gcc' : 'install gcc or clang'
}

async function versionOf(compiler: string): Promise<string | undefined> {
  try {
    return (await run(compiler, ['--version'], { timeout })).stdout
  } catch {
    return undefined
  }
}

async function compile(
  source: string,
  toolchain: Toolchain,
  threading: Threading,
  { cache, key }: { readonly cache: LibraryCache; readonly key: string },
): Promise<CompiledLibrary> {
  let reason = ''
  for (const open of cache.workFolders()) {
    let work: WorkFolder | undefined
    try {
      work = open()
      writeFileSync(join(work.path, 'kernels.c'), source, { flag: 'wx', mode: 0o600 })
    } catch (error) {
      // full, or not to be written: the next
      work?.discard()
      reason ||= errorLine(error)
      continue
    }
    const made = await compiledIn(work, toolchain, threading)
    if (made.variant === undefined) {
      work.discard()
      return {
        path: undefined,
        reason: `${toolchain.compiler} does not compile the kernels (${made.reason})`,
        remedy: `name another C compiler in ${compilerSetting}`,
      }
    }
    cache.keep(key, made.variant, work)
    const { discard, library } = work
    return {
      path: library,
      ...shortfall(variants[threading][made.variant], toolchain, threading, cache),
      done: discard,
    }
  }
  return {
    path: undefined,
    reason: `there is no room for the compiled kernels (${reason})`,
    remedy: 'name a folder of your own with 10 MB of room in TMPDIR',
  }
}

/** Makes the library of a folder, with the first flags that the compiler takes. */
async function compiledIn(
  { path, library }: WorkFolder,
  { compiler }: Toolchain,
  threading: Threading,
): Promise<{ readonly variant: number } | { readonly variant: undefined; readonly reason: string }> {
  let reason = ''
  for (const [variant, flags] of variants[threading].entries()) {
    try {
      const input = join(path, 'kernels.c')
      await run(compiler, [...common, ...flags, '-o', library, input, '-lm'], { timeout, cwd: path })
      return { variant }
    } catch (error) {
      // the first message counts: later ones may be about flags that are for other compilers
      reason ||= messageOf(error)
    }
  }
  return { variant: undefined, reason }
}

function messageOf(error: unknown): string {
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
  const lines = said.split('\n').filter((line) => line.trim() !== '')
  return lines.find((line) => line.includes('error')) ?? lines[0] ?? 'without a message'
}
