/** What `auto` takes, and what it says. */
import { describe, expect, it } from 'vitest'
import {
  automatic,
  type Candidate,
  chooseRunner,
  describeRunner,
  onGpu,
  passedOverLine,
} from '../../src/backends/auto.ts'
import { hasGpu, hasNvidiaGpu } from '../../src/backends/gpus.ts'
import type { BackendName } from '../../src/backends/index.ts'
import { reasonOf } from '../../src/backends/reason.ts'
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts'
import { libraryMissing } from '../../src/diagnostics/messages/backends.ts'
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
  libraryMissing({
    backend: 'native',
    reason: 'oneDNN (libdnnl) is not installed',
    remedy: 'apt-get install libdnnl3.6',
  }),
)

function isOptional(name: BackendName): boolean {
  return optionalBackends.some((optional) => optional === name)
}

describe('a GPU', () => {
  const linux = (folders: { readonly [folder: string]: readonly string[] }) =>
    ({ platform: 'linux', list: (folder: string) => folders[folder] ?? [] }) as const

  it.each([
    ['none', {}, false, false],
    ['the second of a machine, in a container', { '/dev': ['null', 'nvidia1'] }, true, true],
    ['one of two digits', { '/dev': ['nvidia12'] }, true, true],
    ['no device of its own, only those of the driver', { '/dev': ['nvidiactl', 'nvidia-uvm'] }, false, false],
    ['that of Windows under its own Linux', { '/dev': ['dxg'] }, true, true],
    ['one of another maker', { '/dev': ['dri'], '/dev/dri': ['card0', 'renderD128'] }, true, false],
    ['a screen without one', { '/dev/dri': ['card0'] }, false, false],
  ])('%s', (_, folders, any, nvidia) => {
    expect([hasGpu(linux(folders)), hasNvidiaGpu(linux(folders))]).toEqual([any, nvidia])
  })

  it('may be there where the system does not tell; of NVIDIA none is in a Mac', () => {
    const seen = (['win32', 'darwin'] as const).map((platform) => ({ platform, list: () => [] }))
    expect(seen.map(hasGpu)).toEqual([true, true])
    expect(seen.map(hasNvidiaGpu)).toEqual([true, false])
  })
})

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
      fails('onnxruntime', new Error('no memory for the model\nat y')),
      starts('wasm'),
    ])
    expect(passedOverLine(chosen)).toBe(
      'native not usable: oneDNN (libdnnl) is not installed; onnxruntime not usable: no memory for the model; runs on wasm (distill doctor shows remedies)',
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
    expect(reasonOf(last)).toBe('no memory')
  })

  it('goes from the fastest to what starts everywhere', () => {
    const order = ['tensorflow-gpu', 'webgpu', 'native', 'onnxruntime', 'tensorflow', 'wasm', 'cpu']
    expect(automatic.map(({ label }) => label)).toEqual(order)
    const gpus = automatic.filter(({ worthTrying }) => worthTrying !== undefined)
    expect(gpus.map(({ label }) => label)).toEqual(['tensorflow-gpu', 'webgpu'])
  })

  it('takes the next of those that start where the ones before do not suit', async () => {
    const left: BackendName[] = ['native', 'onnxruntime', 'tensorflow', 'wasm', 'cpu']
    const onProcessor = automatic.filter(({ worthTrying }) => worthTrying === undefined)
    while (left.length > 0) {
      const usable: BackendName[] = []
      for (const name of left)
        if (!isOptional(name) || (await standingOf(name)).kind === 'usable') usable.push(name)
      const { name, runner } = await chooseRunner((one) => left.includes(one), onProcessor)
      runner.dispose()
      expect([left, name]).toEqual([left, usable[0]])
      left.shift()
    }
  })

  it('takes a GPU only where what starts is on one, and says what it is on instead', async () => {
    const disposed: string[] = []
    const opened = (gpu: boolean, detail?: string) => async (name: string) => ({
      ...runnerOf(name, detail),
      onGpu: gpu,
      dispose: () => void disposed.push(name),
    })
    expect(await onGpu('webgpu', opened(true))).toMatchObject({ name: 'webgpu', onGpu: true })
    expect(disposed).toEqual([])
    await expect(onGpu('webgpu', opened(false, 'software adapter, slow (llvmpipe)'))).rejects.toThrow(
      'its driver finds no GPU (software adapter, slow (llvmpipe))',
    )
    await expect(onGpu('tensorflow', opened(false))).rejects.toThrow(/^it finds no GPU$/)
    expect(disposed).toEqual(['webgpu', 'tensorflow'])
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
