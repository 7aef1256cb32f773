/** Descriptions of values in memory for oneDNN: sizes, and strides along each dimension. */

import { writeAddress } from '../foreign/addresses.ts'
import { type DataType, dataTypes } from './bindings.ts'
import type { Engine } from './engine.ts'

/** An order of elements that oneDNN chose, known by its descriptor. */
export interface Packed {
  readonly descriptor: number
  readonly bytes: number
  /** Distinguishes it from others. */
  readonly name: string
}

/** The layout of elements; `any`: the one that the primitive chooses. */
export type Strides = readonly number[] | Packed | 'any'

export interface Layout {
  readonly shape: readonly number[]
  readonly strides: Strides
  readonly type: DataType
}

/** More dimensions than oneDNN takes are refused by it. */
const mostDimensions = 12
const anyTag = 1

/**
 * Gives the descriptors of some layouts to `use`, and destroys them after it: whatever is made of descriptors
 * has copies of them.
 */
export function described<T>(
  engine: Engine,
  layouts: readonly (Layout | undefined)[],
  use: (descriptors: readonly number[]) => T,
): T {
  const made: number[] = []
  try {
    for (const layout of layouts) made.push(layout === undefined ? 0 : descriptorOf(engine, layout))
    return use(made)
  } finally {
    for (const descriptor of made) if (descriptor !== 0) engine.call('dnnl_memory_desc_destroy', descriptor)
  }
}

function descriptorOf(engine: Engine, { shape, strides, type }: Layout): number {
  if (isPacked(strides)) return engine.made('dnnl_memory_desc_clone', strides.descriptor)
  const room = engine.memory.allocate(16 * mostDimensions)
  try {
    const words = room.integers(4 * mostDimensions)
    shape.forEach((size, d) => {
      writeAddress(words, d, size)
    })
    const number = dataTypes[type]
    if (strides === 'any')
      return engine.made('dnnl_memory_desc_create_with_tag', shape.length, room.address, number, anyTag)
    strides.forEach((step, d) => {
      writeAddress(words, mostDimensions + d, step)
    })
    return engine.made(
      'dnnl_memory_desc_create_with_strides',
      shape.length,
      room.address,
      number,
      room.address + 8 * mostDimensions,
    )
  } finally {
    room.free()
  }
}

/** Tells two layouts apart. */
export function layoutKey({ shape, strides, type }: Layout): string {
  return `${type}[${shape}]${isPacked(strides) ? strides.name : strides}`
}

function isPacked(strides: Strides): strides is Packed {
  return typeof strides === 'object' && 'descriptor' in strides
}
