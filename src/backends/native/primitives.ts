/**
 * oneDNN's primitives, made once for each operation and layout and cached. The cache is limited to the latest
 * used, because lengths of batches and numbers of rows need many. A primitive keeps the memory objects of its
 * arguments, so that a call sets the changed addresses and executes.
 */

import { writeAddress } from '../foreign/addresses.ts'
import type { Engine } from './engine.ts'

/** An argument: its place, and the address of its descriptor inside the primitive's description. */
export interface Argument {
  readonly place: number
  readonly descriptor: number
}

/** How a primitive is made. */
export interface Recipe {
  /** The description, destroyed once the primitive is made. Throws where oneDNN has no such primitive. */
  readonly description: () => number
  readonly arguments: (description: number) => readonly Argument[]
  /** It must not be interrupted (see signals.ts). */
  readonly uninterrupted?: boolean
}

const kept = 512

export class Primitive {
  readonly handle: number
  readonly memories: readonly number[]
  readonly uninterrupted: boolean
  private readonly engine: Engine
  private readonly block: ReturnType<Engine['memory']['allocate']>
  /** Where `block` is: the list of arguments. */
  readonly list: number

  constructor(engine: Engine, recipe: Recipe) {
    this.engine = engine
    this.uninterrupted = recipe.uninterrupted === true
    const description = recipe.description()
    try {
      this.handle = engine.made('dnnl_primitive_create', description)
      const places = recipe.arguments(description)
      this.memories = places.map(({ descriptor }) =>
        engine.made('dnnl_memory_create', descriptor, engine.handle, 0),
      )
      this.block = engine.memory.allocate(16 * places.length)
      this.list = this.block.address
      const words = this.block.integers(4 * places.length)
      for (const [i, { place }] of places.entries()) {
        words[4 * i] = place
        writeAddress(words, 2 * i + 1, this.memories[i] ?? 0)
      }
    } finally {
      engine.call('dnnl_primitive_desc_destroy', description)
    }
  }

  /** With the arguments at those addresses, in the order of the recipe. */
  run(addresses: readonly number[]): void {
    this.engine.launch(this, addresses)
  }

  dispose(): void {
    for (const memory of this.memories) this.engine.call('dnnl_memory_destroy', memory)
    this.engine.call('dnnl_primitive_destroy', this.handle)
    this.block.free()
  }
}

export class Primitives {
  private readonly engine: Engine
  /** Those used last are at the end. */
  private readonly known = new Map<string, Primitive>()

  constructor(engine: Engine) {
    this.engine = engine
  }

  /** The primitive of a key, made by the recipe where it is not there. Valid until the next call. */
  of(key: string, recipe: Recipe): Primitive {
    const known = this.known.get(key)
    if (known !== undefined) this.known.delete(key)
    else this.makeRoom()
    const primitive = known ?? new Primitive(this.engine, recipe)
    this.known.set(key, primitive)
    return primitive
  }

  dispose(): void {
    for (const primitive of this.known.values()) primitive.dispose()
    this.known.clear()
  }

  private makeRoom(): void {
    const [oldest] = this.known
    if (this.known.size < kept || oldest === undefined) return
    this.known.delete(oldest[0])
    oldest[1].dispose()
  }
}
