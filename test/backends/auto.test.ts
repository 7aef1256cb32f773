/** What `auto` takes, and what it says. */
import { describe, expect, it } from 'vitest'
import { type Candidate, chooseRunner, describeRunner, passedOverLine } from '../../src/backends/auto.ts'
import type { BackendName } from '../../src/backends/index.ts'
import { reasonOf } from '../../src/backends/reason.ts'
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts'
import { E1120 } from '../../src/diagnostics/messages/E1120.ts'
import type { Runner } from '../../src/run/runner.ts'
import { optionalBackends, standingOf } from '../required.ts'

const runnerOf = (name: string, detail?: string): Runner => ({
  name,
  ...(detail === undefined ? {} : { detail }),
  run: () => new Map(),
  inspect: () => {},
  memory: () => ({ tensors: 0, bytes: 0 }),
  dispose: () => {},
})
const starts = (name: BackendName, detail?: string): Candidate => ({
  name,
  label: name,
  open: async () => runnerOf(name, detail),
})
const fails = (name: BackendName, error: Error): Candidate => ({
  name,
  label: name,
  open: () => Promise.reject(error),
})
const noLibrary = new DiagnosticError(
  E1120({
    backend: 'native',
    reason: 'oneDNN (libdnnl) is not installed',
    remedy: 'apt-get install libdnnl3.6',
  }),
)

describe('auto', () => {
  it('takes the first that starts, and has nothing to say of slower ones', async () => {
    const chosen = await chooseRunner(undefined, [
      starts('native', 'oneDNN 3.6, 2 threads'),
      fails('wasm', noLibrary),
    ])
    expect(describeRunner(chosen.runner)).toBe('native (oneDNN 3.6, 2 threads)')
    expect(passedOverLine(chosen)).toBeUndefined()
  })

  it('says in one line what is not used, and why', async () => {
    const chosen = await chooseRunner(undefined, [
      fails('native', noLibrary),
      fails('onnxruntime', new Error("Cannot find package 'onnxruntime-node' imported from x\nat y")),
      starts('wasm'),
    ])
    expect(passedOverLine(chosen)).toBe(
      'native not usable: oneDNN (libdnnl) is not installed; onnxruntime not usable: onnxruntime-node is not installed; runs on wasm (distill doctor says what would help)',
    )
    expect(describeRunner(chosen.runner)).toBe('wasm')
  })

  it('does not mention a GPU that the machine has not, nor what does not suit', async () => {
    const absent: Candidate = { ...fails('webgpu', noLibrary), worthTrying: () => false }
    const chosen = await chooseRunner(
      (name) => name !== 'onnxruntime',
      [absent, starts('onnxruntime'), starts('cpu')],
    )
    expect(chosen.name).toBe('cpu')
    expect(passedOverLine(chosen)).toBeUndefined()
  })

  it('rejects with the last reason where none starts', async () => {
    const last = new Error('no memory')
    await expect(chooseRunner(undefined, [fails('wasm', noLibrary), fails('cpu', last)])).rejects.toBe(last)
    expect(reasonOf('cpu', last)).toBe('no memory')
  })

  it('is here the fastest of those that start', async () => {
    const usable = new Set<BackendName>(['wasm'])
    for (const name of optionalBackends) if ((await standingOf(name)).kind === 'usable') usable.add(name)
    const { name, runner } = await chooseRunner()
    runner.dispose()
    const order = runner.onGpu === true ? [name] : ['native', 'onnxruntime', 'tensorflow', 'wasm']
    expect(name).toBe(order.find((one) => usable.has(one as BackendName)))
  })
})
