/** Memory in which AddressSanitizer knows what a kernel may touch: the blocks in use, to the byte. */
import type { Foreign } from '../../../src/backends/foreign/foreign.ts'
import { NativeMemory } from '../../../src/backends/foreign/memory.ts'

/** Forbidden bytes behind each block. */
const fence = 128
const alignment = 64

type Place = ReturnType<NativeMemory['take']>

export class GuardedMemory extends NativeMemory {
  private readonly forbid: (address: number, bytes: number) => void
  private readonly allow: (address: number, bytes: number) => void

  constructor(foreign: Foreign) {
    super(foreign)
    const loaded = foreign.load(null)
    this.forbid = loaded.function('__asan_poison_memory_region', 'void', ['address', 'int64'])
    this.allow = loaded.function('__asan_unpoison_memory_region', 'void', ['address', 'int64'])
  }

  override take(bytes: number, lasts: boolean): Place {
    const place = super.take(bytes + fence, lasts)
    this.forbid(place.address, room(bytes))
    this.allow(place.address, bytes)
    return place
  }

  override give(place: Place, bytes: number): void {
    this.forbid(place.address, room(bytes))
    super.give(place, bytes + fence)
  }
}

function room(bytes: number): number {
  return Math.ceil((bytes + fence) / alignment) * alignment
}
