/**
 * Computations by oneDNN for kernels of TensorFlow.js: operands at the caller's layout, post-operations, and
 * undefined instead of an error if oneDNN has no primitive. Primitives are cached by key.
 */

import { readAddress, writeAddress } from '../../foreign/addresses.ts'
import { rowMajor } from '../../tfjs/layout.ts'
import { argument, type DataType, type OneDnnFunction, query } from '../bindings.ts'
import { described, type Layout } from '../descriptors.ts'
import type { Engine } from '../engine.ts'
import { withPostOps } from '../post-ops.ts'
import { type Argument, Primitive, Primitives, type Recipe } from '../primitives.ts'

/** An array: row-major where no strides are given, float32 where no type is. Strides are in elements. */
export interface Extent {
  readonly dims: readonly number[]
  readonly strides?: readonly number[]
  readonly type?: DataType
}

/** What an argument of a primitive is. */
export interface Operand extends Extent {
  /** Its number, of `argument`. */
  readonly as: number
  /**
   * oneDNN chooses the layout that it works on, and the array is converted: before it runs, or after where
   * the primitive writes it.
   */
  readonly free?: 'read' | 'written'
}

/** What is done to a result before it is stored. */
export type PostOp =
  | { readonly eltwise: number; readonly alpha: number; readonly beta: number }
  | { readonly binary: number; readonly with: Extent }

type Parameters = (
  /** Memory descriptors of the operands, in their order. */
  descriptors: readonly number[],
  /** Address of a list of integers. */
  numbers: (list: readonly number[]) => number,
  engine: number,
) => number[]

export interface Description {
  readonly make: OneDnnFunction
  readonly operands: readonly Operand[]
  /** What `make` takes between the engine and the attributes; all before the attributes for a reorder. */
  readonly parameters: Parameters
  /** Of a gradient: the primitive that it is the gradient of. */
  readonly forward?: { readonly make: OneDnnFunction; readonly parameters: Parameters }
  /** Their operands follow those of the primitive, in order. */
  readonly postOps?: readonly PostOp[]
}

/** An operand in the layout that oneDNN chose, and what converts it. */
interface Pack {
  readonly bytes: number
  readonly reorder: Primitive
  readonly written: boolean
}

/** It takes an engine for each side, and none before them. */
const reordering = 'dnnl_reorder_primitive_desc_create'
const unimplemented = 3
const mostNumbers = 64
/** Of keys that something is cached of; all is forgotten beyond it. */
const mostKeys = 1024

class NoPrimitive extends Error {}

export class Computations {
  private readonly engine: Engine
  private readonly primitives: Primitives
  /** Keys that oneDNN has nothing for. */
  private readonly missing = new Set<string>()
  /** By key, and operand; of computations in which oneDNN chose a layout that is not the caller's. */
  private readonly packs = new Map<string, ReadonlyMap<number, Pack>>()

  constructor(engine: Engine) {
    this.engine = engine
    this.primitives = new Primitives(engine)
  }

  /**
   * Runs the primitive of a key on addresses, one an operand. False, and nothing done, where oneDNN has none
   * for it.
   */
  run(key: string, describe: () => Description, addresses: readonly number[]): boolean {
    if (this.missing.has(key)) return false
    if (this.packs.size + this.missing.size > mostKeys) this.forget()
    try {
      const primitive = this.primitives.of(key, this.recipe(key, describe))
      const packs = this.packs.get(key)
      if (packs === undefined) primitive.run(addresses)
      else this.runPacked(primitive, packs, addresses)
      return true
    } catch (error) {
      if (!(error instanceof NoPrimitive)) throw error
      this.missing.add(key)
      return false
    }
  }

  dispose(): void {
    this.forget()
  }

  private forget(): void {
    for (const packs of this.packs.values()) for (const { reorder } of packs.values()) reorder.dispose()
    this.packs.clear()
    this.missing.clear()
    this.primitives.dispose()
  }

  private runPacked(
    primitive: Primitive,
    packs: ReadonlyMap<number, Pack>,
    addresses: readonly number[],
  ): void {
    const { memory } = this.engine
    const blocks = new Map([...packs].map(([i, { bytes }]) => [i, memory.allocate(bytes)]))
    const places = addresses.map((address, i) => blocks.get(i)?.address ?? address)
    const converted = (written: boolean): void => {
      for (const [i, pack] of packs) {
        const [plain = 0, packed = 0] = [addresses[i], places[i]]
        if (pack.written === written) pack.reorder.run(written ? [packed, plain] : [plain, packed])
      }
    }
    converted(false)
    primitive.run(places)
    converted(true)
    for (const block of blocks.values()) block.free()
  }

  private recipe(key: string, describe: () => Description): Recipe {
    return {
      description: () => this.description(describe()),
      arguments: (description) => this.arguments(key, describe(), description),
    }
  }

  private description({ make, operands, parameters, forward, postOps = [] }: Description): number {
    const { engine } = this
    const asked = operands.map((operand) => layoutOf(operand, operand.free !== undefined))
    const room = engine.memory.allocate(8 * mostNumbers)
    let used = 0
    const numbers = (list: readonly number[]): number => {
      const words = room.integers(2 * mostNumbers)
      list.forEach((value, i) => {
        writeAddress(words, used + i, value)
      })
      const address = room.address + 8 * used
      used += list.length
      return address
    }
    try {
      return described(engine, asked, (descriptors) =>
        this.withForward(forward, descriptors, numbers, (hint) =>
          this.withAttributes(postOps, (attributes) =>
            this.made(make, [
              ...(make === reordering ? [] : [engine.handle]),
              ...parameters(descriptors, numbers, engine.handle),
              ...hint,
              attributes,
            ]),
          ),
        ),
      )
    } finally {
      room.free()
    }
  }

  private withForward<T>(
    forward: Description['forward'],
    descriptors: readonly number[],
    numbers: (list: readonly number[]) => number,
    use: (hint: readonly number[]) => T,
  ): T {
    if (forward === undefined) return use([])
    const { engine } = this
    const hint = this.made(forward.make, [
      engine.handle,
      ...forward.parameters(descriptors, numbers, engine.handle),
      0,
    ])
    try {
      return use([hint])
    } finally {
      engine.call('dnnl_primitive_desc_destroy', hint)
    }
  }

  private withAttributes<T>(postOps: readonly PostOp[], use: (attributes: number) => T): T {
    if (postOps.length === 0) return use(0)
    const { engine } = this
    const append = (list: number): void => {
      for (const op of postOps) {
        if ('binary' in op)
          described(engine, [layoutOf(op.with)], ([other = 0]) =>
            engine.call('dnnl_post_ops_append_binary', list, op.binary, other),
          )
        else engine.call('dnnl_post_ops_append_eltwise', list, op.eltwise, op.alpha, op.beta)
      }
    }
    return withPostOps(engine, append, use)
  }

  /** A primitive's description. Throws NoPrimitive where oneDNN has no implementation. */
  private made(make: OneDnnFunction, parameters: readonly number[]): number {
    const { engine } = this
    const place = engine.memory.allocate(8)
    try {
      const status = engine.dnnl[make](place.address, ...parameters)
      if (status === unimplemented) throw new NoPrimitive(make)
      if (status !== 0) throw new Error(`oneDNN: ${make} failed with status ${status}`)
      return readAddress(place.integers(2), 0)
    } finally {
      place.free()
    }
  }

  private arguments(key: string, { operands, postOps = [] }: Description, description: number): Argument[] {
    const of = (place: number): Argument => ({
      place,
      descriptor: this.engine.dnnl.dnnl_primitive_desc_query_md(description, query.argument, place),
    })
    const all = operands.map(({ as }) => of(as))
    this.notePacks(key, operands, all)
    const following = postOps.flatMap((op, i) =>
      'binary' in op ? [of((argument.postOp * (i + 1)) | argument.source1)] : [],
    )
    return [...all, ...following]
  }

  private notePacks(key: string, operands: readonly Operand[], chosen: readonly Argument[]): void {
    const { engine } = this
    const packs = new Map<number, Pack>()
    operands.forEach((operand, i) => {
      const wanted = chosen[i]?.descriptor ?? 0
      const written = operand.free === 'written'
      if (operand.free === undefined) return
      described(engine, [layoutOf(operand)], ([plain = 0]) => {
        if (engine.dnnl.dnnl_memory_desc_equal(plain, wanted) === 1) return
        const [from, to] = written ? [wanted, plain] : [plain, wanted]
        const reorder = new Primitive(engine, {
          description: () => engine.made(reordering, from, engine.handle, to, engine.handle, 0),
          arguments: () => [
            { place: argument.source, descriptor: from },
            { place: argument.destination, descriptor: to },
          ],
        })
        packs.set(i, { bytes: engine.dnnl.dnnl_memory_desc_get_size(wanted), reorder, written })
      })
    })
    for (const { reorder } of this.packs.get(key)?.values() ?? []) reorder.dispose()
    this.packs.delete(key)
    if (packs.size > 0) this.packs.set(key, packs)
  }
}

function layoutOf({ dims, strides, type = 'f32' }: Extent, free = false): Layout {
  return { shape: dims, strides: free ? 'any' : (strides ?? rowMajor(dims)), type }
}
