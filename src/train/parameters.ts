/**
 * The weights of a run, on the host: one float32 array per canonical parameter. Runners upload an entry when its version changes; the
 * optimizer writes into it; a checkpoint is what is here. A tied or shared weight has one entry.
 */
import { type ModelInstance, parameterKey } from '../check/program.ts'
import type { StoredParameter } from '../run/runner.ts'

export class ParameterStore {
  private readonly entries = new Map<
    string,
    { shape: readonly number[]; data: Float32Array; version: number }
  >()

  /** Adds a parameter; the array is the store's from then on. Its length is the product of the shape. */
  define(key: string, shape: readonly number[], data: Float32Array): void {
    const size = elements(shape)
    if (data.length !== size) throw new Error(`parameter ${key}: ${data.length} values for shape [${shape}]`)
    if (this.entries.has(key)) throw new Error(`parameter ${key} is defined twice`)
    this.entries.set(key, { shape, data, version: 1 })
  }

  /** For `RunRequest.parameter`. */
  readonly get = (key: string): StoredParameter => this.entry(key)

  has(key: string): boolean {
    return this.entries.has(key)
  }

  keys(): string[] {
    return [...this.entries.keys()]
  }

  /** To be called after `get(key).data` was written to. */
  changed(key: string): void {
    this.entry(key).version++
  }

  /** Replaces the values. */
  assign(key: string, data: Float32Array): void {
    const entry = this.entry(key)
    if (data.length !== entry.data.length) {
      throw new Error(`parameter ${key}: ${data.length} values for shape [${entry.shape}]`)
    }
    entry.data.set(data)
    entry.version++
  }

  /** Copies of the values of some parameters. */
  snapshot(keys: Iterable<string>): Map<string, Float32Array> {
    const copy = new Map<string, Float32Array>()
    for (const key of keys) copy.set(key, this.entry(key).data.slice())
    return copy
  }

  private entry(key: string): { shape: readonly number[]; data: Float32Array; version: number } {
    const entry = this.entries.get(key)
    if (!entry) throw new Error(`the parameter store has no ${key}`)
    return entry
  }
}

export function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

/** The canonical parameters of an instance (each shared one once), with their keys in the store. */
export function storedParameters(
  instance: ModelInstance,
): { key: string; parameter: ModelInstance['parameters'][number] }[] {
  return instance.parameters
    .filter((parameter) => parameter.path === parameter.canonical)
    .map((parameter) => ({ key: parameterKey({ owner: instance.name, path: parameter.path }), parameter }))
}

/** Neither NaN nor infinite anywhere: one sum tells, because float64 cannot overflow from float32 values. */
export function allFinite(data: Float32Array): boolean {
  let sum = 0
  for (let i = 0; i < data.length; i++) sum += data[i] as number
  return Number.isFinite(sum)
}
