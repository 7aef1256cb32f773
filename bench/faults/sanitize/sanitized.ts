/** A process with the sanitizers' runtime loaded, in which kernels are called. */
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { Threading } from '../../../src/backends/compiled/compiler.ts'

/** What the process prints. */
export interface Told {
  /** Calls of each kernel. */
  readonly kernels: { readonly [name: string]: number }
  /** Calls that a binder refused: an index without a row, for one. */
  readonly refused: number
}

export interface Sanitized {
  readonly status: number
  readonly stderr: string
  /** Undefined where the process failed. */
  readonly told: Told | undefined
}

export interface SanitizeOptions {
  readonly seed?: number
  readonly threading?: Threading
  /** C that is compiled behind the kernels: a fault, to see that one is found. */
  readonly more?: string
}

const child = new URL('child.ts', import.meta.url).pathname

/** The path of AddressSanitizer's runtime; undefined where gcc has none. */
export function sanitizerRuntime(): string | undefined {
  try {
    const path = execFileSync('gcc', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim()
    return process.platform === 'linux' && isAbsolute(path) ? path : undefined
  } catch {
    return undefined
  }
}

/** Calls kernels until there were so many calls, or a sanitizer ended the process. */
export async function sanitized(
  calls: number,
  { seed = 1, threading = 'own', more = '' }: SanitizeOptions = {},
): Promise<Sanitized> {
  const runtime = sanitizerRuntime()
  if (runtime === undefined) throw new Error('gcc has no AddressSanitizer here')
  const folder = mkdtempSync(join(tmpdir(), 'distill-sanitize-'))
  const compiler = join(folder, 'gcc')
  const record = join(folder, 'site')
  const flags =
    '-fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all -g -fno-omit-frame-pointer'
  // the runtime is preloaded into the child alone: not into gcc
  writeFileSync(compiler, `#!/bin/sh\nunset LD_PRELOAD\nexec gcc "$@" ${flags}\n`, { mode: 0o700 })
  const environment = {
    ...process.env,
    CC: compiler,
    LD_PRELOAD: runtime,
    XDG_CACHE_HOME: folder,
    // V8 and libgomp leave memory to the end of the process
    ASAN_OPTIONS: 'detect_leaks=0,handle_segv=0,allocator_may_return_null=1,abort_on_error=0',
    UBSAN_OPTIONS: 'print_stacktrace=1',
  }
  const given = ['--import', 'tsx', child, String(calls), String(seed), threading, record, more]
  try {
    return await new Promise((resolve) => {
      execFile(process.execPath, given, { env: environment, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
        const site = status === 0 || !existsSync(record) ? '' : readFileSync(record, 'utf8').trim()
        resolve({
          status,
          stderr: `${stderr}\n${site}\n`,
          told: status === 0 ? JSON.parse(stdout) : undefined,
        })
      })
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
