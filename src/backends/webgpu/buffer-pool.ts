/**
 * Buffers of the GPU, reused for values of exactly their size. Kernels of TensorFlow.js read beyond the end
 * of an operand and multiply that by 0, which is harmless only at the end of a buffer. If free buffers take
 * more memory than used ones, those unused for longest are released. Otherwise batches of ever new lengths
 * would fill the memory, as in TensorFlow.js's own pool.
 */

/** Bytes of free buffers that are always kept. */
const spare = 64 * 2 ** 20

/** What a pool needs of a buffer, and of a device. */
interface PooledBuffer {
  readonly size: number
  readonly usage: number
  destroy(): void
}
type Create<B> = (size: number, usage: number, mapped: boolean) => B

export class BufferPool<B extends PooledBuffer> {
  private readonly create: Create<B>
  /** By size and usage, the one that was used last at the end. */
  private readonly free = new Map<string, B[]>()
  private readonly used = new Set<B>()
  private usedBytes = 0
  private freeBytes = 0

  constructor(create: Create<B>) {
    this.create = create
  }

  /** Bytes of what is in use, and of all that the pool has. */
  get bytes(): { readonly used: number; readonly allocated: number } {
    return { used: this.usedBytes, allocated: this.usedBytes + this.freeBytes }
  }

  acquire(size: number, usage: number, mapped: boolean, reuse: boolean): B {
    const key = keyOf(size, usage)
    const list = reuse ? this.free.get(key) : undefined
    const known = list?.pop()
    if (known !== undefined) this.freeBytes -= size
    if (list?.length === 0) this.free.delete(key)
    const buffer = known ?? this.create(size, usage, mapped)
    this.used.add(buffer)
    this.usedBytes += size
    return buffer
  }

  release(buffer: B, reuse: boolean): void {
    if (!this.used.delete(buffer)) throw new Error('a buffer of the GPU was released twice')
    this.usedBytes -= buffer.size
    if (!reuse) {
      buffer.destroy()
      return
    }
    const key = keyOf(buffer.size, buffer.usage)
    const list = this.free.get(key) ?? []
    this.free.delete(key)
    this.free.set(key, [...list, buffer])
    this.freeBytes += buffer.size
    this.giveBack(Math.max(spare, this.usedBytes))
  }

  dispose(): void {
    this.giveBack(0)
    for (const buffer of this.used) buffer.destroy()
    this.used.clear()
    this.usedBytes = 0
  }

  /** Keeps at most so many bytes of free buffers. */
  private giveBack(most: number): void {
    for (const [key, list] of this.free) {
      while (this.freeBytes > most && list.length > 0) {
        const buffer = list.pop()
        this.freeBytes -= buffer?.size ?? 0
        buffer?.destroy()
      }
      if (list.length > 0) return
      this.free.delete(key)
    }
  }
}

function keyOf(size: number, usage: number): string {
  return `${size} ${usage}`
}
