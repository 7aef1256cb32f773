import { expect, it } from 'vitest'
import { backendFacts } from '../../src/backends/doctor.ts'
import { createRunner, isRunnerName } from '../../src/backends/index.ts'
import { otherProviders } from '../../src/backends/onnxruntime/runner.ts'

/** Execution providers of ONNX Runtime by name. That WebGPU computes what the published code does is in test/reference. */
it.each(['onnxruntime:webgpu', 'onnxruntime:cpu'])('%s is a name of a runner', (name) => {
  expect(isRunnerName(name)).toBe(true)
})

it.each(['onnxruntime:', 'onnxruntime:web gpu', 'native:cpu'])('%s is none', (name) => {
  expect(isRunnerName(name)).toBe(false)
})

it('tells what an installation has where a provider is unknown', async () => {
  await expect(createRunner('onnxruntime:abacus')).rejects.toThrow(
    /^there is no such provider; this installation has cpu, webgpu/,
  )
})

it('says why a provider does not start', async () => {
  // its libraries are not in the package
  await expect(createRunner('onnxruntime:tensorrt')).rejects.toThrow(/tensorrt.*; this installation has cpu/i)
})

it('are in what doctor says, those apart that bring libraries of their own', async () => {
  const [fact] = await backendFacts(createRunner, ['onnxruntime'])
  expect(fact?.others).toMatch(/^also onnxruntime:webgpu/)
  const provider = (name: string, bundled = true) => ({ name, bundled })
  expect(otherProviders([provider('cpu'), provider('dml'), provider('cuda', false)])).toBe(
    'also onnxruntime:dml, and with libraries that are not in the package onnxruntime:cuda',
  )
  expect(otherProviders([provider('cpu')])).toBeUndefined()
})

it('say that what they lack runs on the CPU', async () => {
  const runner = await createRunner('onnxruntime:webgpu')
  runner.dispose()
  expect(runner.detail).toMatch(/^ONNX Runtime [\d.]+, what webgpu lacks on the CPU: \d+ threads?$/)
})
