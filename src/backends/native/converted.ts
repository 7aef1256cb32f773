/**
 * Values in bfloat16 converted from float32. The latest are cached, because several products read one value
 * in sequence.
 */
import type { Held } from '../../run/device.ts'
import { addressOf } from '../foreign/held.ts'
import { product } from '../tfjs/layout.ts'
import type { NativeDevice } from './device.ts'
import type { Packing } from './packing.ts'

/** Both operands of a product. */
const kept = 2

export class Converted {
  private readonly device: NativeDevice
  private readonly packing: Packing
  private latest: readonly { readonly of: object; readonly value: Held }[] = []

  constructor({ device, packing }: { readonly device: NativeDevice; readonly packing: Packing }) {
    this.device = device
    this.packing = packing
  }

  /**
   * The value in bfloat16, in the same order; valid until the call after the next. Not for parameters, which
   * change where they are: no other value is written over once a product has read it (plan/sharing.ts).
   */
  of(held: Held): Held {
    const known = this.latest.find((one) => one.of === held.dataId)
    if (known !== undefined) return known.value
    const value = this.make(held)
    const [oldest, ...rest] = this.latest
    if (oldest !== undefined && this.latest.length === kept) {
      this.device.release(oldest.value)
      this.latest = [...rest, { of: held.dataId, value }]
    } else this.latest = [...this.latest, { of: held.dataId, value }]
    return value
  }

  /** A value in bfloat16 that the caller holds. */
  make(held: Held, lasts = false): Held {
    const count = product(held.shape)
    const value = this.device.allocate([Math.ceil(count / 2)], 'float32', lasts)
    const flat = { shape: [count], strides: [1] }
    this.packing.copy({ ...flat, type: 'f32' }, { ...flat, type: 'bf16' }, addressOf(held), addressOf(value))
    return value
  }

  dispose(): void {
    for (const { value } of this.latest) this.device.release(value)
    this.latest = []
  }
}
