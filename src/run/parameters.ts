/**
 * Device copies of parameters, and what kernels derive from them (a transposed weight). A changed parameter goes to a new data id, never into
 * the old buffer: XNNPACK, inside the wasm backend, keeps packed weights by id and would train on stale ones.
 */
import type { Device, Held } from './device.ts'
import type { StoredParameter } from './runner.ts'

interface Entry {
  readonly version: number
  readonly data: Float32Array
  readonly held: Held
  readonly derived: Map<string, Held>
}

export class ParameterCache {
  private readonly device: Device
  private readonly entries = new Map<string, Entry>()

  constructor(device: Device) {
    this.device = device
  }

  /** The device copy at the stored version; it stays this cache's. */
  current(name: string, stored: StoredParameter): Held {
    return this.entry(name, stored).held
  }

  /** A form of the parameter, made once a version; it stays this cache's. */
  derived(name: string, stored: StoredParameter, form: string, make: (held: Held) => Held): Held {
    const entry = this.entry(name, stored)
    let held = entry.derived.get(form)
    if (held === undefined) {
      held = make(entry.held)
      entry.derived.set(form, held)
    }
    return held
  }

  dispose(): void {
    for (const entry of this.entries.values()) this.release(entry)
    this.entries.clear()
  }

  private entry(name: string, stored: StoredParameter): Entry {
    const known = this.entries.get(name)
    if (known !== undefined) {
      if (known.version === stored.version && known.data === stored.data) return known
      this.release(known)
    }
    const held = this.device.upload(stored.data, stored.shape, 'float32')
    const entry = { version: stored.version, data: stored.data, held, derived: new Map<string, Held>() }
    this.entries.set(name, entry)
    return entry
  }

  private release(entry: Entry): void {
    this.device.release(entry.held)
    for (const held of entry.derived.values()) this.device.release(held)
  }
}
