/**
 * An array of float32 that is on the host or, after a device has changed it, there: trained weights and
 * moments. All access is through `data`, which has the newest values. While a device has them, the host has
 * no copy.
 */
import type { ChangeableParameter, Residence } from './runner.ts'

export class Resident implements ChangeableParameter {
  readonly shape: readonly number[]
  /** If present, it has the newest values. Otherwise the residence has them. */
  private host: Float32Array | undefined
  private residence: Residence | undefined
  private changes = 1

  /**
   * The array is this object's from then on; zeros where it is absent. Throws where its length is not the
   * product of the shape.
   */
  constructor(shape: readonly number[], data?: Float32Array) {
    this.shape = shape
    this.host = data
    if (data !== undefined) this.requireLength(data)
  }

  /**
   * Read back on the first use after a device changed it. Do not store it: the next update makes it out of
   * date. Write to it only inside `edit`.
   */
  get data(): Float32Array {
    this.host ??= this.residence?.read() ?? new Float32Array(this.size)
    return this.host
  }

  /**
   * The newest values for one use, before the next change. Values read from a device are not stored on the
   * host. Do not write to it.
   */
  read(): Float32Array {
    return this.host ?? this.residence?.view?.() ?? this.residence?.read() ?? this.data
  }

  get version(): number {
    return this.changes
  }

  /** Changes values on the host, from what they are now; the next run uploads them. */
  edit(write: (data: Float32Array) => void): void {
    write(this.data)
    this.changes++
  }

  /** Replaces all values by a copy of `data`. */
  assign(data: Float32Array): void {
    this.requireLength(data)
    if (this.host === undefined) this.host = data.slice()
    else this.host.set(data)
    this.changes++
  }

  changedOnDevice(residence: Residence): void {
    this.movedTo(residence)
    this.changes++
  }

  movedTo(residence: Residence): void {
    this.host = undefined
    this.residence = residence
  }

  /** It is not needed again: a device that has it may free it. */
  release(): void {
    this.residence?.release()
    this.residence = undefined
    this.host = undefined
  }

  private get size(): number {
    return this.shape.reduce((product, n) => product * n, 1)
  }

  private requireLength(data: Float32Array): void {
    if (data.length === this.size) return
    throw new Error(`${data.length} values for shape [${this.shape}]`)
  }
}

/** Changes several together, from what they are now. */
export function editAll(
  residents: readonly Resident[],
  write: (data: readonly Float32Array[]) => void,
): void {
  write(residents.map(({ data }) => data))
  for (const resident of residents) resident.edit(() => {})
}
