/** What the doctor says of backends: that they are measured, what stops one, and what would help. */
import { describe, expect, it } from 'vitest'
import { automaticPrecision, backendFacts } from '../../src/backends/doctor.ts'
import { createRunner } from '../../src/backends/index.ts'
import { doctorRow, recommendation } from '../../src/cli/commands/doctor.ts'
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts'
import { libraryMissing } from '../../src/diagnostics/messages/backends.ts'
import { type LowPrecision, productsIn } from '../../src/graph/precision.ts'
import type { Runner } from '../../src/run/runner.ts'

describe('a fact', () => {
  it('of a backend that starts: its speed, what is behind it, and what would make it faster', async () => {
    const state = { disposed: 0 }
    const reference = await createRunner('reference')
    const own: Runner = {
      ...reference,
      detail: 'oneDNN 3.6, 2 threads, no C compiler (cc)',
      remedy: 'apt-get install gcc',
      run: (graph, request) => reference.run(graph, { ...request }),
      inspect: () => {},
      memory: () => ({ tensors: 0, bytes: 0 }),
      dispose: () => void state.disposed++,
    }
    const [fact, ...others] = await backendFacts(async () => own, ['reference'])
    expect(others).toEqual([])
    expect(fact).toEqual({
      name: 'reference',
      usable: true,
      gflops: expect.any(Number),
      detail: 'oneDNN 3.6, 2 threads, no C compiler (cc)',
      remedy: 'apt-get install gcc',
    })
    expect(fact?.gflops).toBeGreaterThan(0)
    expect(state.disposed).toBe(1)
  })

  it('of one that does not start: the reason in a line, and the command of the message', async () => {
    const refused = new DiagnosticError(
      libraryMissing({
        backend: 'native',
        reason: 'oneDNN (libdnnl) is not installed',
        remedy: 'apt-get install libdnnl3.6',
      }),
    )
    expect(await backendFacts(() => Promise.reject(refused), ['native'])).toEqual([
      {
        name: 'native',
        usable: false,
        reason: 'oneDNN (libdnnl) is not installed',
        remedy: 'apt-get install libdnnl3.6',
      },
    ])
  })

  it('of one that fails: the reason in a line, and no command', async () => {
    const full = new Error('no memory for the model\n  at here')
    expect(await backendFacts(() => Promise.reject(full), ['onnxruntime'])).toEqual([
      { name: 'onnxruntime', usable: false, reason: 'no memory for the model' },
    ])
  })
})

/** A runner that has some precisions. What `failing` says throws, and of results, which it gives of what is small only, those in int8 are off by a factor. */
async function runnerWith(
  has: readonly LowPrecision[],
  { failing, int8 = 1 }: { readonly failing?: LowPrecision; readonly int8?: number } = {},
): Promise<Runner> {
  const reference = await createRunner('reference')
  return {
    name: 'reference',
    capabilities: new Set(has.map(productsIn)),
    run: (graph, request) => {
      const asked = graph.nodes.map(({ attributes }) => attributes.precision)
      if (failing !== undefined && asked.includes(failing)) throw new Error(`no ${failing} here\n  at there`)
      // what is measured
      if (graph.outputs.has('corner')) return new Map()
      const outputs = reference.run(graph, request)
      return new Map(
        [...outputs].map(([name, tensor]) => [name, { ...tensor, data: tensor.data.map((x) => int8 * x) }]),
      )
    },
    inspect: () => {},
    memory: () => ({ tensors: 0, bytes: 0 }),
    dispose: () => {},
  }
}

describe('a fact of a precision', () => {
  // of the reference itself no low precision is measured
  const factOf = async (runner: Runner) => (await backendFacts(async () => runner, ['cpu']))[0]

  it('that fails: the backend is usable, and the reason stands beside it', async () => {
    const fact = await factOf(await runnerWith(['bf16', 'int8'], { failing: 'bf16' }))
    expect(fact).toMatchObject({ usable: true, refused: { bf16: 'no bf16 here' } })
    expect(fact?.low).toEqual({ int8: expect.any(Number) })
  })

  it('that is not exact: it has no speed, because a run is refused it', async () => {
    const fact = await factOf(await runnerWith(['bf16', 'int8'], { int8: 0.506 }))
    expect(fact).toMatchObject({
      usable: true,
      refused: { int8: 'products are off by 49% on this processor' },
    })
    expect(fact?.low).toEqual({ bf16: expect.any(Number) })
    if (fact === undefined) throw new Error('no fact')
    expect(
      doctorRow({ ...fact, gflops: 123.4, low: { bf16: 456.7 }, remedy: 'apt-get install gcc' }),
    ).toEqual([
      'cpu',
      '123',
      '457',
      '-',
      'usable; not in int8: products are off by 49% on this processor; faster after: apt-get install gcc',
    ])
  })

  it('that is fine: nothing but its speed', async () => {
    const fact = await factOf(await runnerWith(['int8']))
    expect(fact?.low).toEqual({ int8: expect.any(Number) })
    expect(fact?.refused).toBeUndefined()
  })
})

describe('the recommendation', () => {
  const usable = (name: 'native' | 'onnxruntime', remedy?: string) => ({
    name,
    usable: true,
    ...(remedy === undefined ? {} : { remedy }),
  })
  const absent = { name: 'native', usable: false, remedy: 'apt-get install libdnnl3.6' } as const
  it('is one command, or that there is nothing to do', () => {
    expect(recommendation([usable('native')], 'native')).toMatch(/^nothing to do/)
    expect(recommendation([usable('native', 'apt-get install gcc')], 'native')).toBe(
      'to do: apt-get install gcc (native becomes faster)',
    )
    expect(recommendation([absent, usable('onnxruntime')], 'onnxruntime')).toContain(
      'apt-get install libdnnl3.6',
    )
    expect(recommendation([absent], 'webgpu')).toMatch(/^nothing to do/)
  })
})

describe('precision = auto', () => {
  const speeds =
    (bf16: number, int8: number) =>
    (precision?: LowPrecision): number =>
      100 * (precision === undefined ? 1 : precision === 'bf16' ? bf16 : int8)

  it.each([
    [1, 1, 'float32', 'float32'],
    [2, 4, 'int8', 'bf16'],
    [2, 1.9, 'bf16', 'bf16'],
    [0.7, 1.5, 'int8', 'float32'],
    [1.24, 1.49, 'float32', 'float32'],
    [1.25, 1.3, 'bf16', 'bf16'],
  ])(
    'bf16 %f and int8 %f times as fast as float32: %s, and %s where trained',
    async (bf16, int8, read, trained) => {
      const runner = await runnerWith(['bf16', 'int8'])
      expect(automaticPrecision(runner, speeds(bf16, int8))).toEqual({ read, trained })
    },
  )

  it('is never what the runner has not', async () => {
    const [some, none] = [await runnerWith(['int8']), await runnerWith([])]
    expect(automaticPrecision(some, speeds(9, 3))).toEqual({ read: 'int8', trained: 'float32' })
    expect(automaticPrecision(none, speeds(9, 9))).toEqual({ read: 'float32', trained: 'float32' })
  })

  it('is never int8 that is not exact, which a run is refused', async () => {
    const runner = await runnerWith(['bf16', 'int8'], { int8: 0.506 })
    expect(automaticPrecision(runner, speeds(2, 9))).toEqual({ read: 'bf16', trained: 'bf16' })
  })

  it('is never one that fails', async () => {
    const runner = await runnerWith(['bf16', 'int8'], { failing: 'bf16' })
    const measure = (precision?: LowPrecision): number => {
      if (precision === 'bf16') throw new Error('no bf16 here')
      return speeds(9, 3)(precision)
    }
    expect(automaticPrecision(runner, measure)).toEqual({ read: 'int8', trained: 'float32' })
    const other = await runnerWith(['bf16', 'int8'], { failing: 'int8' })
    expect(automaticPrecision(other, speeds(3, 9))).toEqual({ read: 'bf16', trained: 'bf16' })
  })

  it('measures the runner that it is asked of, and leaves nothing there', async () => {
    const own = await createRunner('onnxruntime')
    expect(['float32', 'int8']).toContain(automaticPrecision(own).read)
    expect(own.memory().bytes).toBeLessThan(2e7)
    own.dispose()
    expect(own.memory()).toEqual({ tensors: 0, bytes: 0 })
  })
})
