/** Nothing is left behind by a step: data ids and bytes are the same after each, and a release that is left out shows. */
import { describe, expect, it } from 'vitest'
import { arrayKernels } from '../../src/backends/tfjs/kernels/index.ts'
import { cpuDevice, wasmDevice } from '../../src/backends/tfjs/load.ts'
import { wasmKernels } from '../../src/backends/wasm/index.ts'
import type { Device, Held, KernelTable } from '../../src/run/device.ts'
import { Executor } from '../../src/run/executor.ts'
import { classifierParameters, classifierRequest, classifierStep, descend } from './encoder-step.ts'

const sizes = {
  vocabulary: 30,
  hidden: 16,
  layers: 1,
  heads: 2,
  inner: 40,
  classes: 5,
  positions: 12,
  dropout: 0.1,
}
const step = classifierStep(sizes)

/** What the device holds after each of some steps with weights that change. */
function held(executor: Executor, lengths: readonly number[]): { tensors: number; bytes: number }[] {
  let parameters = classifierParameters(step)
  return lengths.map((L, n) => {
    const outputs = executor.run(step.graph, classifierRequest(sizes, parameters, { B: 4, L }, n))
    parameters = descend(parameters, outputs, 0.1)
    return executor.memory()
  })
}

/** The same device, but it forgets to release one value in a hundred. */
function forgetful(device: Device): Device {
  let calls = 0
  return {
    name: device.name,
    allocate: (shape, dtype) => device.allocate(shape, dtype),
    upload: (data, shape, dtype) => device.upload(data, shape, dtype),
    alias: (value, shape) => device.alias(value, shape),
    compute: (inputs, shape, dtype, body, over) => device.compute(inputs, shape, dtype, body, over),
    isSole: (value) => device.isSole(value),
    peak: () => device.peak(),
    forgetPeak: () => device.forgetPeak(),
    read: (value) => device.read(value),
    kernel: (name, inputs, attributes) => device.kernel(name, inputs, attributes),
    memory: () => device.memory(),
    release: (value: Held) => {
      if (++calls % 100 !== 0) device.release(value)
    },
  }
}

interface Opened {
  readonly device: Device
  readonly kernels: KernelTable
}

const backends: readonly (readonly [string, () => Promise<Opened>])[] = [
  ['cpu', async () => ({ device: await cpuDevice(), kernels: arrayKernels })],
  ['wasm', () => wasm(true)],
  ['wasm without vectors', () => wasm(false)],
]

async function wasm(vectors: boolean): Promise<Opened> {
  const parts = await wasmDevice()
  return { device: parts.device, kernels: wasmKernels(parts, { vectors }) }
}

describe.each(backends)('memory on %s', (_name, open) => {
  it('is the same after every step', async () => {
    const { device, kernels } = await open()
    const executor = new Executor(device, kernels)
    const [first, ...others] = held(executor, [5, 5, 8, 5, 6])
    expect(first?.tensors).toBeGreaterThan(step.shapes.size)
    expect(first?.bytes).toBeGreaterThan(4 * sizes.vocabulary * sizes.hidden)
    for (const other of others) expect(other).toEqual(first)
    executor.dispose()
    expect(executor.memory()).toEqual({ tensors: 0, bytes: 0 })
  })

  it('grows where one release is left out', async () => {
    const { device, kernels } = await open()
    const executor = new Executor(forgetful(device), kernels)
    const [first, second, third] = held(executor, [5, 5, 5])
    expect(second?.tensors).toBeGreaterThan(first?.tensors ?? Infinity)
    expect(third?.bytes).toBeGreaterThan(second?.bytes ?? Infinity)
  })

  it('comes back after a kernel that throws', async () => {
    const { device, kernels } = await open()
    const executor = new Executor(device, {
      ...kernels,
      gelu: () => () => {
        throw new Error('on purpose')
      },
    })
    const request = classifierRequest(sizes, classifierParameters(step), { B: 2, L: 3 })
    expect(() => executor.run(step.graph, request)).toThrow('on purpose')
    executor.dispose()
    expect(executor.memory()).toEqual({ tensors: 0, bytes: 0 })
  })

  it('refuses to release a value twice', async () => {
    const { device } = await open()
    const value = device.upload(Float32Array.of(1, 2), [2], 'float32')
    device.release(value)
    expect(() => device.release(value)).toThrow('released twice')
  })
})

it('has our vector kernels on this engine', async () => {
  const parts = await wasmDevice()
  const [own, plain] = [true, false].map((vectors) => wasmKernels(parts, { vectors }))
  expect(own?.gelu).not.toBe(plain?.gelu)
  expect(plain?.gelu).toBe(arrayKernels.gelu)
})
