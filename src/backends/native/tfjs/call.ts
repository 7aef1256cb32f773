/** What a kernel is given, and the size from which on oneDNN is worth a call. */
import { type DataType, env, getKernel, type TensorInfo } from '@tensorflow/tfjs-core'
import { product } from '../../tfjs/layout.ts'
import type { NativeBackend } from './backend.ts'

export const backendName = 'distill-native'

export interface Call {
  readonly inputs: { readonly [name: string]: TensorInfo | undefined }
  readonly attributes: { readonly [name: string]: unknown }
  readonly backend: NativeBackend
}

/** Undefined where it is nothing for oneDNN, so that host code does it. */
export type Kernel = (call: Call) => TensorInfo | undefined

/** Throws where the input is missing. */
export function input({ inputs }: Call, name: string): TensorInfo {
  const value = inputs[name]
  if (value === undefined || value === null) throw new Error(`a kernel lacks its input ${name}`)
  return value
}

/** Where a value begins. */
export function addressIn(backend: NativeBackend, { dataId }: TensorInfo): number {
  return backend.data.get(dataId).block?.address ?? 0
}

/**
 * A flag of TensorFlow.js: results of fewer elements are made by host code, where a call of C costs more than
 * the work.
 */
const hostSizeFlag = 'DISTILL_NATIVE_HOST_SIZE'
const defaultHostSize = 2048

export function registerFlags(): void {
  env().registerFlag(hostSizeFlag, () => defaultHostSize)
}

/** Whether so many elements are worth a call. Never true for none: oneDNN has no empty arrays. */
export function isWorthACall(elements: number): boolean {
  return elements > 0 && elements >= env().getNumber(hostSizeFlag)
}

export function areFloats(values: readonly TensorInfo[]): boolean {
  return values.every(({ dtype }) => dtype === 'float32')
}

export function sizeOf({ shape }: TensorInfo): number {
  return product(shape)
}

/**
 * The result of a primitive over inputs, in the order of its operands; nothing is made where oneDNN has none.
 */
export function computed(
  backend: NativeBackend,
  key: string,
  describe: Parameters<NativeBackend['computations']['run']>[1],
  inputs: readonly TensorInfo[],
  shape: readonly number[],
  dtype: DataType = 'float32',
): TensorInfo | undefined {
  const output = backend.output(shape, dtype)
  const addresses = [...inputs, output].map((value) => addressIn(backend, value))
  if (backend.computations.run(key, describe, addresses)) return output
  backend.disposeIntermediateTensorInfo(output)
  return undefined
}

/** The result of another kernel of this backend. */
export function runKernel(
  backend: NativeBackend,
  name: string,
  inputs: { readonly [name: string]: TensorInfo | undefined },
  attributes: { readonly [name: string]: number | boolean | number[] } = {},
): TensorInfo {
  const kernel = getKernel(name, backendName)
  const given = Object.fromEntries(
    Object.entries(inputs).flatMap(([key, value]) => (value ? [[key, value]] : [])),
  )
  const result = kernel.kernelFunc({ inputs: given, backend, attrs: { ...attributes } })
  if (Array.isArray(result)) throw new Error(`${name} has several results`)
  return result
}

/** An attribute that is a number or a list of them, as a list. */
export function numbersOf(attribute: unknown): number[] {
  return Array.isArray(attribute) ? attribute.map(Number) : [Number(attribute)]
}
