/**
 * Dawn, the WebGPU of the npm package `webgpu`: its adapter and device in this thread, and what TensorFlow.js
 * expects of a browser.
 */

import { createRequire } from 'node:module'
import { errorLine, errorText } from '../../diagnostics/error-text.ts'
import type { AdapterFact } from './protocol.ts'

export interface OpenedGpu {
  readonly device: GPUDevice
  readonly info: GPUAdapterInfo
  readonly fact: AdapterFact
}

/** Newer than the types that TensorFlow.js brings. */
type Adapter = GPUAdapter & { readonly info: GPUAdapterInfo & { readonly isFallbackAdapter?: boolean } }

interface Dawn {
  create(options: readonly string[]): GPU
  readonly globals: object
}

/** Limits that are requested as high as the adapter allows. By default a device has low ones. */
const wanted = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupsPerDimension',
] as const satisfies readonly (keyof GPUSupportedLimits)[]

/** Throws where the package is missing, or the machine has no driver that Dawn can use. */
export async function openGpu(require: NodeJS.Require = createRequire(import.meta.url)): Promise<OpenedGpu> {
  const { create, globals } = load(require)
  Object.assign(globalThis, globals)
  const gpu = create([])
  // TensorFlow.js reads it first.
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true, writable: true })
  const adapter = (await gpu.requestAdapter({ powerPreference: 'high-performance' })) as Adapter | null
  if (adapter === null)
    throw new Error('no graphics driver for WebGPU (Vulkan, Metal or Direct3D 12) was found')
  const requiredLimits = Object.fromEntries(wanted.map((name) => [name, Number(adapter.limits[name])]))
  const device = await adapter.requestDevice({ requiredLimits })
  const { info } = adapter
  return {
    device,
    info,
    fact: {
      description: info.description || [info.vendor, info.device].filter((part) => part !== '').join(' '),
      hardware: info.isFallbackAdapter !== true,
      largestValue: Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize),
    },
  }
}

function load(require: NodeJS.Require): Dawn {
  try {
    const dawn: Dawn = require('webgpu')
    return dawn
  } catch (error) {
    if (/cannot find (package|module) '?webgpu/i.test(errorText(error)))
      throw new Error('the package webgpu is not installed')
    throw new Error(`the package webgpu cannot be loaded: ${errorLine(error)}`)
  }
}

/** Nothing that a process waits for at its end is left. */
export function closeGpu(device: GPUDevice): void {
  device.destroy()
  Reflect.deleteProperty(globalThis, 'navigator')
}
