/**
 * The weights of a run: one float32 array for each canonical parameter, on the host or, while a runner trains
 * them, on its device. All access is through the store, which returns the newest values. Checkpoints contain
 * them. A tied or shared weight has one entry.
 */
import { type ModelInstance, parameterKey } from '../check/program.ts'
import { Resident } from '../run/resident.ts'

export class ParameterStore {
  private readonly entries = new Map<string, Resident>()

  /**
   * Adds a parameter. The array belongs to the store from then on; its length is the product of the shape.
   */
  define(key: string, shape: readonly number[], data: Float32Array): void {
    if (data.length !== elements(shape))
      throw new Error(`parameter ${key}: ${data.length} values for shape [${shape}]`)
    if (this.entries.has(key)) throw new Error(`parameter ${key} is defined twice`)
    this.entries.set(key, new Resident(shape, data))
  }

  /**
   * For `RunRequest.parameter`. Call it for each use: after an update, an array that was read before is out
   * of date.
   */
  readonly get = (key: string): Resident => {
    const entry = this.entries.get(key)
    if (!entry) throw new Error(`the parameter store has no ${key}`)
    return entry
  }

  has(key: string): boolean {
    return this.entries.has(key)
  }

  keys(): string[] {
    return [...this.entries.keys()]
  }

  /** Changes values of a parameter in place. */
  edit(key: string, write: (data: Float32Array) => void): void {
    this.get(key).edit(write)
  }

  /** Replaces the values. */
  assign(key: string, data: Float32Array): void {
    const entry = this.get(key)
    if (data.length !== elements(entry.shape))
      throw new Error(`parameter ${key}: ${data.length} values for shape [${entry.shape}]`)
    entry.assign(data)
  }

  /** Releases all values. They have no further readers, so devices need not return theirs. */
  dispose(): void {
    for (const entry of this.entries.values()) entry.release()
    this.entries.clear()
  }

  /** A store with its own copies of some parameters and with the others of this one. */
  withOwn(keys: readonly string[]): ParameterStore {
    const store = new ParameterStore()
    for (const [key, entry] of this.entries) store.entries.set(key, entry)
    for (const key of keys) {
      const { shape, data } = this.get(key)
      store.entries.set(key, new Resident(shape, data.slice()))
    }
    return store
  }

  /** Releases the values of some parameters. */
  release(keys: readonly string[]): void {
    for (const key of keys) this.get(key).release()
  }

  /** Copies of the values of some parameters. */
  snapshot(keys: Iterable<string>): Map<string, Float32Array> {
    const copy = new Map<string, Float32Array>()
    for (const key of keys) copy.set(key, this.get(key).data.slice())
    return copy
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

/** Whether all values are finite. One sum shows it, because float64 cannot overflow from float32 values. */
export function allFinite(data: Float32Array): boolean {
  let sum = 0
  for (let i = 0; i < data.length; i++) sum += data[i] as number
  return Number.isFinite(sum)
}

/** The key of a parameter of a projection. */
export function projectionKey(name: string, path: string): string {
  const full = path.startsWith(`${name}.`) || path.startsWith(`${name}[`)
  return full ? path : parameterKey({ owner: name, path })
}
