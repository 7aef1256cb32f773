/** Backends of TensorFlow.js that start at the same time: its one engine knows one that is starting. */
import { expect, it } from 'vitest'
import { cpuDevice, wasmDevice } from '../../src/backends/tfjs/load.ts'

it('two that start at once both start', async () => {
  // Modules that are loaded already let both starts meet.
  await Promise.all([import('@tensorflow/tfjs-backend-cpu'), import('@tensorflow/tfjs-backend-wasm')])
  const [{ device }, cpu] = await Promise.all([wasmDevice(), cpuDevice()])
  for (const each of [device, cpu]) {
    const held = each.upload(Float32Array.of(1, 2), [2], 'float32')
    expect(Array.from(each.read(held))).toEqual([1, 2])
  }
})
