/**
 * Kernels over typed arrays: host code that reads and writes the backend's own memory, shared by all backends
 * that let it.
 */
import type { RandomKey } from '../../graph/graph.ts'
import type { Kernel, View } from '../../run/device.ts'
import { deviceDType, type Site } from '../../run/site.ts'

/** Computes a value from views. The output's content is undefined before: every element must be written. */
export type Body = (inputs: readonly View[], output: View, random: RandomKey) => void
/** Prepares a node at known sizes; undefined for a case that the kernel does not have. */
export type ArrayKernel = (site: Site) => Body | undefined

export function onArrays(kernel: ArrayKernel): Kernel {
  return (site) => {
    const body = kernel(site)
    if (body === undefined) return undefined
    const { shape } = site.output
    const dtype = deviceDType(site.output.dtype)
    return (inputs, { device, random, over }) =>
      device.compute(inputs, shape, dtype, (views, output) => body(views, output, random), over)
  }
}

export function floats(view: View | undefined): Float32Array {
  if (view instanceof Float32Array) return view
  throw new Error('a kernel was given something else than float32')
}

export function integers(view: View | undefined): Int32Array {
  if (view instanceof Int32Array) return view
  throw new Error('a kernel was given something else than int32')
}

export function booleans(view: View | undefined): Uint8Array {
  if (view instanceof Uint8Array) return view
  throw new Error('a kernel was given something else than bool')
}
