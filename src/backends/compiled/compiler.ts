/**
 * C source as a shared library of this machine, compiled once and cached under a hash of everything that it
 * is made from. The name of a cached file also has a hash of its content, so that a damaged one is found
 * before it is loaded, and rebuilt.
 */
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { userCache } from '../../run/user-cache.ts'

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
  const kept = keptLibrary(toolchain.cache, key)
  if (kept !== undefined)
    return { path: kept.path, ...lackOf(flags[kept.variant], toolchain, threading), done: () => undefined }
  return compile(source, toolchain, threading, key)
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

function digest(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 32)
}

async function versionOf(compiler: string): Promise<string | undefined> {
  try {
    return (await run(compiler, ['--version'], { timeout })).stdout
  } catch {
    return undefined
  }
}

/** An undamaged library under that key, and its variant. A damaged one is deleted. */
function keptLibrary(
  cache: string,
  key: string,
): { readonly path: string; readonly variant: number } | undefined {
  try {
    for (const file of readdirSync(cache)) {
      const [, variant, content] = file.startsWith(`${key}-`) ? (/-(\d+)-(\w+)\.so$/.exec(file) ?? []) : []
      if (content === undefined) continue
      const path = join(cache, file)
      if (digest(readFileSync(path)) === content) return { path, variant: Number(variant) }
      rmSync(path, { force: true })
    }
  } catch {
    // no such folder, or no right to read it: nothing is cached
  }
  return undefined
}

async function compile(
  source: string,
  toolchain: Toolchain,
  threading: Threading,
  key: string,
): Promise<CompiledLibrary> {
  const work = mkdtempSync(join(tmpdir(), 'distill-native-'))
  const discard = (): void => rmSync(work, { recursive: true, force: true })
  const [input, output] = [join(work, 'kernels.c'), join(work, 'kernels.so')]
  writeFileSync(input, source)
  let reason = ''
  for (const [number, variant] of variants[threading].entries()) {
    try {
      await run(toolchain.compiler, [...common, ...variant, '-o', output, input, '-lm'], { timeout })
    } catch (error) {
      // the first message counts: later ones may be about flags that are for other compilers
      if (reason === '') reason = messageOf(error)
      continue
    }
    const kept = keep(output, toolchain.cache, `${key}-${number}`)
    const lack = lackOf(variant, toolchain, threading)
    if (kept === undefined) return { path: output, ...lack, done: discard }
    discard()
    return { path: kept, ...lack, done: () => undefined }
  }
  discard()
  return {
    path: undefined,
    reason: `${toolchain.compiler} does not compile the kernels (${reason})`,
    remedy: `name another C compiler in ${compilerSetting}`,
  }
}

function messageOf(error: unknown): string {
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
  const lines = said.split('\n').filter((line) => line.trim() !== '')
  return lines.find((line) => line.includes('error')) ?? lines[0] ?? 'without a message'
}

/**
 * Moves a library into the cache atomically, so that no process sees a part of it; undefined if the folder is
 * not writable.
 */
function keep(output: string, cache: string, key: string): string | undefined {
  try {
    mkdirSync(cache, { recursive: true, mode: 0o700 })
    const content = readFileSync(output)
    const path = join(cache, `${key}-${digest(content)}.so`)
    const partial = join(cache, `.${randomBytes(8).toString('hex')}`)
    writeFileSync(partial, content, { mode: 0o700 })
    renameSync(partial, path)
    return path
  } catch {
    return undefined
  }
}
