/** An array of words of 64 bits that C code reads and writes: pointers and sizes, which are below 2^53. */

import { readAddress, writeAddress } from '../foreign/addresses.ts'
import type { Block } from '../foreign/memory.ts'

export class WordArray {
  readonly address: number
  private readonly halves: Int32Array
  private readonly block: Block

  constructor(block: Block, count: number) {
    this.block = block
    this.address = block.address
    this.halves = block.integers(2 * count)
  }

  set(place: number, value: number): void {
    writeAddress(this.halves, place, value)
  }

  get(place: number): number {
    return readAddress(this.halves, place)
  }

  setAll(values: readonly number[]): void {
    for (const [place, value] of values.entries()) writeAddress(this.halves, place, value)
  }

  free(): void {
    this.block.free()
  }
}
