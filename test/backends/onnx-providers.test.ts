import { expect, it } from 'vitest'
import { createRunner, isRunnerName } from '../../src/backends/index.ts'

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
