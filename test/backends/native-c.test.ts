/** The compiler of the native backend's kernels: what is kept, what is made again, and what happens without one. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { compiledLibrary, type Toolchain, thisToolchain } from '../../src/backends/compiled/compiler.ts'
import { Functions } from '../../src/backends/compiled/functions.ts'
import { compiledKernels } from '../../src/backends/compiled/index.ts'
import { functionNames, source } from '../../src/backends/compiled/source/index.ts'
import { type ForeignLibrary, loadForeign } from '../../src/backends/foreign/foreign.ts'
import { NativeMemory } from '../../src/backends/foreign/memory.ts'
import { detailOf } from '../../src/backends/native/detail.ts'
import { Engine } from '../../src/backends/native/engine.ts'
import { nativeRunner } from '../../src/backends/native/index.ts'
import { loadOneDnn } from '../../src/backends/native/library.ts'
import { fusedOps } from '../../src/graph/ops/fused.ts'
import type { Runner } from '../../src/run/runner.ts'

const folder = mkdtempSync(join(tmpdir(), 'distill-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const text = 'int answer(void) { return 42; }'
let made = 0
const fresh = (changes: Partial<Toolchain> = {}): Toolchain => ({
  ...thisToolchain(),
  cache: join(folder, String(made++), 'distill'),
  ...changes,
})

/** A command that is the machine's compiler, and refuses some options, as other compilers do. */
function compilerWithout(...options: string[]): string {
  const path = join(folder, `cc-${made++}`)
  const tests = options.map(
    (option) => `*" ${option} "*) echo "error: unsupported option ${option}" >&2; exit 1;;`,
  )
  writeFileSync(
    path,
    `#!/bin/sh\ncase " $* " in ${tests.join(' ')} esac\nexec ${thisToolchain().compiler} "$@"\n`,
    {
      mode: 0o755,
    },
  )
  return path
}

async function pathOf(code: string, toolchain: Toolchain): Promise<string> {
  const library = await compiledLibrary(code, toolchain)
  if (library.path === undefined) throw new Error(library.reason)
  return library.path
}

/** One bit of it, changed. */
function flipped(content: Buffer): Buffer {
  const copy = Buffer.from(content)
  const middle = copy.length >> 1
  copy[middle] = (copy[middle] ?? 0) ^ 1
  return copy
}

describe('the compiled library', () => {
  it('is kept, and taken from there the next time', async () => {
    const toolchain = fresh()
    const kept = (): readonly string[] => readdirSync(toolchain.cache).filter((name) => name.endsWith('.so'))
    const answers: number[] = []
    const times: number[] = []
    const foreign = await loadForeign()
    for (let time = 0; time < 2; time++) {
      const library = await compiledLibrary(text, toolchain)
      if (library.path === undefined) throw new Error(library.reason)
      answers.push(foreign.load(library.path).function('answer', 'int32', [])())
      library.done()
      expect(readdirSync(toolchain.cache)).toHaveLength(1)
      times.push(statSync(join(toolchain.cache, kept()[0] ?? '')).mtimeMs)
    }
    expect(answers).toEqual([42, 42])
    expect(times[1]).toBe(times[0])
  })

  it('is made anew for another source and for another processor', async () => {
    const toolchain = fresh()
    const path = await pathOf(text, toolchain)
    const other = await pathOf(text.replace('42', '43'), toolchain)
    const elsewhere = await pathOf(text, { ...toolchain, processor: 'another' })
    expect(new Set([path, other, elsewhere]).size).toBe(3)
  })

  it('is made again where it was damaged or half-written', async () => {
    const toolchain = fresh()
    const content = readFileSync(await pathOf(text, toolchain))
    const [kept = ''] = readdirSync(toolchain.cache).filter((name) => name.endsWith('.so'))
    for (const damaged of [content.subarray(0, 100), content.subarray(0, 0), flipped(content)]) {
      writeFileSync(join(toolchain.cache, kept), damaged)
      expect(readFileSync(await pathOf(text, toolchain))).toEqual(content)
      expect(readFileSync(join(toolchain.cache, kept))).toEqual(content)
    }
  })

  it('goes into a folder for the moment where nothing can be kept', async () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    const library = await compiledLibrary(text, fresh({ cache: join(file, 'distill') }))
    if (library.path === undefined) throw new Error(library.reason)
    const foreign = await loadForeign()
    expect(foreign.load(library.path).function('answer', 'int32', [])()).toBe(42)
    library.done()
    expect(() => statSync(library.path ?? '')).toThrowError(/ENOENT/)
  })

  it.skipIf(process.platform === 'win32')(
    'says what it lacks where the compiler has no OpenMP, also when it is taken from where it is kept',
    async () => {
      const toolchain = fresh({ compiler: compilerWithout('-fopenmp') })
      const code = `#include <stdint.h>\n${text}`
      for (let time = 0; time < 2; time++)
        expect(await compiledLibrary(code, toolchain)).toMatchObject({
          path: expect.stringContaining(toolchain.cache),
          lack: `kernels by ${toolchain.compiler}: no OpenMP, so they run on 1 thread`,
          remedy: expect.stringMatching(/ install gcc, and CC=gcc/),
        })
      expect(await compiledLibrary(code, fresh())).not.toHaveProperty('lack')
      const plain = fresh({ compiler: compilerWithout('-fopenmp', '-fopenmp-simd') })
      expect(await compiledLibrary(code, plain)).toMatchObject({
        lack: expect.stringMatching(/1 thread, no code for this processor in particular$/),
      })
    },
  )

  it('is not there without a compiler: says what to install', async () => {
    const library = await compiledLibrary(text, fresh({ compiler: 'no-such-compiler' }))
    expect(library).toEqual({
      path: undefined,
      reason: 'no C compiler (no-such-compiler)',
      remedy: expect.stringMatching(/gcc|xcode/),
    })
  })

  it('is not there where the source is refused: says the first error', async () => {
    const library = await compiledLibrary('int answer(void) { return nothing; }', fresh())
    expect(library).toMatchObject({ path: undefined, reason: expect.stringMatching(/error.*nothing/) })
  })
})

describe('the kernels in C', () => {
  it('are all there, for every fused op but those that go on from a product', async () => {
    const foreign = await loadForeign()
    const memory = new NativeMemory(foreign)
    const found = await compiledKernels(foreign, memory)
    // a missing function would be a reason
    if (found.kernels === undefined) throw new Error(found.reason)
    const missing = fusedOps.filter((op) => found.kernels[op] === undefined)
    expect(missing).toEqual(['linear_activation', 'contract_activation_gradient'])
    memory.dispose()
  })

  it('have no function that nobody calls', () => {
    const written = [...source.matchAll(/^KERNEL (\w+)\(/gm)].map(([, name]) => name)
    const known: readonly string[] = functionNames
    expect(written.filter((name) => name === undefined || !known.includes(name))).toEqual([])
    expect(new Set(known).size).toBe(known.length)
  })

  it('are none without a compiler', async () => {
    const foreign = await loadForeign()
    const memory = new NativeMemory(foreign)
    const found = await compiledKernels(foreign, memory, fresh({ compiler: 'no-such-compiler' }))
    expect(found).toMatchObject({ kernels: undefined, reason: 'no C compiler (no-such-compiler)' })
    memory.dispose()
  })

  it('are told of by the runner where there are none: doctor says what would change that', async () => {
    const runner: Runner = await nativeRunner({ toolchain: fresh({ compiler: 'no-such-compiler' }) })
    expect(runner.detail).toMatch(
      /, softmax, losses, lookups and updates in slow host code, no int8: no C compiler \(no-such-compiler\)$/,
    )
    expect(runner.remedy).toMatch(/gcc|xcode/)
    runner.dispose()
  })

  it.skipIf(process.platform === 'win32')(
    'run on as many threads as they are told, and on one without OpenMP',
    async () => {
      const foreign = await loadForeign()
      const memory = new NativeMemory(foreign)
      const found = await compiledKernels(foreign, memory)
      expect(found.functions?.setThreads(3)).toBe(3)
      expect(found.functions?.setThreads(1)).toBe(1)
      const compiler = compilerWithout('-fopenmp')
      const single = await compiledKernels(foreign, memory, fresh({ compiler }))
      expect(single.functions?.setThreads(3)).toBe(1)
      expect(detailOf('3.6', 3, single)).toBe(
        `oneDNN 3.6, 3 threads, kernels by ${compiler}: no OpenMP, so they run on 1 thread`,
      )
      memory.dispose()
    },
    60_000,
  )

  it('have threads that a library with another runtime than OpenMP is not told: it says so', async () => {
    const foreign = await loadForeign()
    const memory = new NativeMemory(foreign)
    const loaded = loadOneDnn(foreign)
    const library: ForeignLibrary = {
      addressOf: () => undefined,
      function: (name) => {
        throw new Error(`${name} not found`)
      },
    }
    const engine = new Engine({ ...loaded, library }, foreign, memory, 3)
    expect(detailOf('3.6', engine.threads, { kernels: {} })).toBe('oneDNN 3.6, threads cannot be set')
    engine.dispose()
    memory.dispose()
  })

  it('give the same bits for every number of threads', async () => {
    const foreign = await loadForeign()
    const library = await compiledLibrary(source)
    if (library.path === undefined) throw new Error(library.reason)
    const memory = new NativeMemory(foreign)
    const functions = new Functions(foreign, library.path, memory)
    const setThreads = foreign.load(library.path).function('omp_set_num_threads', 'void', ['int32'])
    const [rows, n] = [700, 130]
    const x = memory.allocate(4 * rows * n)
    x.floats(rows * n).set(Float32Array.from({ length: rows * n }, (_, i) => Math.sin(i * i)))
    const results = [1, 2, 3].map((threads) => {
      setThreads(threads)
      return (
        [
          ['sum_columns', [1, rows, n, 0, n], n],
          ['sum_each', [1, 1, 0, 1, rows * n, 1], 1],
          ['softmax', [n, 1, 0, 0, 1, rows, 0, 0], rows * n],
        ] as const
      ).map(([name, fixed, size]) => {
        const out = memory.allocate(4 * size)
        const masks = name === 'softmax' ? [0, 0] : []
        functions.bind(name, fixed)(x.address, out.address, ...masks)
        return [...out.floats(size)]
      })
    })
    expect(results[1]).toEqual(results[0])
    expect(results[2]).toEqual(results[0])
    expect(results[0]?.[1]?.[0]).not.toBe(0)
    memory.dispose()
  })
})
