/**
 * Device copies of parameters, and the values that kernels derive from them (a transposed weight). A
 * parameter that was changed on the host gets a new data id, never the old buffer. XNNPACK, inside the wasm
 * backend, caches packed weights by id and would train on old ones.
 */
import { collectGarbage } from './collect.ts'
import type { Device, Held, View } from './device.ts'
import type { ChangeableParameter, Residence, StoredParameter } from './runner.ts'

interface Entry {
  readonly stored: StoredParameter
  version: number
  readonly held: Held
  readonly derived: Map<string, Held>
  /** Made once. */
  residence?: Residence
}

const muchLeft = 2 ** 26

export class ParameterCache {
  private readonly device: Device
  private readonly entries = new Map<string, Entry>()
  /** Bytes of host arrays freed since the last collection. */
  private left = 0

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

  /**
   * To be called after the device copy was written to: the owner is notified, and reads the values back on
   * request for them.
   */
  changed(name: string, stored: ChangeableParameter): void {
    const entry = this.entries.get(name)
    if (entry?.stored !== stored) throw new Error(`${name} is not on the device`)
    this.device.rewritten?.(entry.held)
    this.releaseDerived(entry)
    stored.changedOnDevice(this.residence(name, entry))
    entry.version = stored.version
  }

  /**
   * Gives up the memory of some; what is read again later is uploaded again. Those that only the device has
   * are set aside: the host would need as much memory for them.
   */
  drop(names: Iterable<string>): void {
    for (const name of names) {
      const entry = this.entries.get(name)
      if (entry === undefined) continue
      if (this.isAlone(entry)) {
        if (this.device.setAside === undefined) continue
        this.device.setAside(entry.held)
        this.releaseDerived(entry)
      } else {
        this.entries.delete(name)
        this.giveBack(entry)
      }
    }
  }

  /** Releases everything; values that only the device had are given back to their owners first. */
  dispose(): void {
    for (const entry of this.entries.values()) this.giveBack(entry)
    this.entries.clear()
  }

  private entry(name: string, stored: StoredParameter): Entry {
    const known = this.entries.get(name)
    if (known !== undefined) {
      if (known.version === stored.version && isSameParameter(known.stored, stored)) return known
      this.giveBack(known)
    }
    const held = this.device.upload(stored.data, stored.shape, 'float32', true)
    const entry: Entry = { stored, version: stored.version, held, derived: new Map() }
    this.entries.set(name, entry)
    if (this.device.keepsParameters === true) this.leave(name, entry)
    return entry
  }

  /** Whether the host has given up its own copy. */
  private isAlone({ stored }: Entry): boolean {
    return this.device.keepsParameters === true && stored.movedTo !== undefined
  }

  /** The host's own copy is not needed then. */
  private leave(name: string, entry: Entry): void {
    if (entry.stored.movedTo === undefined) return
    entry.stored.movedTo(this.residence(name, entry))
    this.left += 4 * entry.held.shape.reduce((size, n) => size * n, 1)
    if (this.left < muchLeft) return
    this.left = 0
    collectGarbage()
  }

  private residence(name: string, entry: Entry): Residence {
    const { device } = this
    const floats = (view: View): Float32Array =>
      view instanceof Float32Array ? view : Float32Array.from(view)
    entry.residence ??= {
      read: () => floats(device.read(entry.held)),
      view: () => floats(device.view?.(entry.held) ?? device.read(entry.held)),
      release: () => {
        if (this.entries.get(name) !== entry) return
        this.entries.delete(name)
        this.release(entry)
      },
    }
    return entry.residence
  }

  private giveBack(entry: Entry): void {
    // The owner of values that are here alone reads them now: asking for them is all it takes.
    void entry.stored.data
    this.release(entry)
  }

  private release(entry: Entry): void {
    this.device.release(entry.held)
    this.releaseDerived(entry)
  }

  private releaseDerived({ derived }: Entry): void {
    if (derived.size === 0) return
    for (const held of derived.values()) this.device.release(held)
    derived.clear()
  }
}

/** Callers may describe a parameter again for each run; then its array identifies it. */
export function isSameParameter(a: StoredParameter, b: StoredParameter): boolean {
  return a === b || a.data === b.data
}
