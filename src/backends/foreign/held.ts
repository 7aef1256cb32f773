/** Values whose data is a block of memory that C and host code share. */
import type { Held } from '../../run/device.ts'
import { Block } from './memory.ts'

/** The block of a value. Throws for a value of another device. */
export function blockOf({ dataId }: Held): Block {
  if (dataId instanceof Block) return dataId
  throw new Error('a value of another device')
}

/** Stands for a value that is nowhere yet: calls with its address are written down, not done. */
export class Placeholder {
  readonly address: number

  constructor(address: number) {
    this.address = address
  }
}

/** Where a value begins; valid until it is released. */
export function addressOf(held: Held): number {
  return held.dataId instanceof Placeholder ? held.dataId.address : blockOf(held).address
}
