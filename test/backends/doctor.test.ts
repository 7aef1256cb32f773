/** What the doctor says of backends: that they are measured, what stops one, and what would help. */
import { describe, expect, it } from 'vitest'
import { automaticPrecision, backendFacts } from '../../src/backends/doctor.ts'
import { createRunner } from '../../src/backends/index.ts'
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts'
import { E1120 } from '../../src/diagnostics/messages/E1120.ts'
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
      E1120({
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

  it('of a package that is not there, or of a machine without a driver', async () => {
    const absent = new Error("Cannot find package 'onnxruntime-node' imported from somewhere\n  at here")
    expect(await backendFacts(() => Promise.reject(absent), ['onnxruntime'])).toEqual([
      {
        name: 'onnxruntime',
        usable: false,
        reason: 'onnxruntime-node is not installed',
        remedy: 'npm install onnxruntime-node',
      },
    ])
    const [fact] = await backendFacts(() => Promise.reject(new Error('out of memory')), ['cpu'])
    expect(fact).toEqual({ name: 'cpu', usable: false, reason: 'out of memory' })
  })
})

describe('precision = auto', () => {
  const runner = (...has: LowPrecision[]): Runner => ({
    name: 'native',
    capabilities: new Set(has.map(productsIn)),
    run: () => new Map(),
    inspect: () => {},
    memory: () => ({ tensors: 0, bytes: 0 }),
    dispose: () => {},
  })
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
    (bf16, int8, read, trained) => {
      expect(automaticPrecision(runner('bf16', 'int8'), speeds(bf16, int8))).toEqual({ read, trained })
    },
  )

  it('is never what the runner has not', () => {
    expect(automaticPrecision(runner('int8'), speeds(9, 3))).toEqual({ read: 'int8', trained: 'float32' })
    expect(automaticPrecision(runner(), speeds(9, 9))).toEqual({ read: 'float32', trained: 'float32' })
  })

  it('measures the runner that it is asked of, and leaves nothing there', async () => {
    const own = await createRunner('onnxruntime')
    expect(['float32', 'int8']).toContain(automaticPrecision(own).read)
    expect(own.memory().bytes).toBeLessThan(2e7)
    own.dispose()
    expect(own.memory()).toEqual({ tensors: 0, bytes: 0 })
  })
})
