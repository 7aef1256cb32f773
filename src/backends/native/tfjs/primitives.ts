/**
 * oneDNN's primitives by what they compute and on which shapes. Making one costs more than running a small one, so the latest are kept, with the memory objects that
 * they run on; a call sets addresses and runs.
 */
import { argument, type DataType, dataTypes, type OneDnnFunction, query } from '../bindings.ts'
import type { Engine } from '../engine.ts'
import type { Block } from '../memory.ts'
import { readAddress, writeAddress } from '../words.ts'

/** A dense or strided array; row-major where no strides are given, float32 where no type is. */
export interface Layout {
  readonly dims: readonly number[]
  /** In elements. */
  readonly strides?: readonly number[]
  readonly type?: DataType
}

/** What an argument of a primitive is. */
export interface Operand extends Layout {
  /** Its number, of `argument`. */
  readonly as: number
  /** oneDNN chooses the layout that it works on, and the array is converted: before it runs, or after where the primitive writes it. */
  readonly free?: 'read' | 'written'
}

/** What is done to a result before it is stored. */
export type PostOp =
  | { readonly eltwise: number; readonly alpha: number; readonly beta: number }
  | { readonly binary: number; readonly with: Layout }

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

/** An argument as it is passed: a memory object, and what converts it where oneDNN chose its layout. */
interface Argument {
  readonly memory: number
  readonly packed?: { readonly bytes: number; readonly reorder: Primitive; readonly written: boolean }
}

interface Primitive {
  readonly handle: number
  readonly arguments: readonly Argument[]
  /** `dnnl_exec_arg_t` of each argument. */
  readonly list: Block
}

/** It takes an engine for each side, and none before them. */
const reordering = 'dnnl_reorder_primitive_desc_create'
const keptPrimitives = 512
/** Of a memory descriptor: the layout that the primitive likes. */
const anyLayout = 1
const noData = 0
const unimplemented = 3
const longestList = 64

export class PrimitiveCache {
  private readonly engine: Engine
  /** The one used last is last. Undefined: oneDNN has none for this. */
  private readonly kept = new Map<string, Primitive | undefined>()

  constructor(engine: Engine) {
    this.engine = engine
  }

  /** Runs the primitive of a key on addresses, one an operand. False, and nothing done, where oneDNN has none for it. */
  run(key: string, describe: () => Description, addresses: readonly number[]): boolean {
    const primitive = this.of(key, describe)
    if (primitive === undefined) return false
    this.execute(primitive, addresses)
    return true
  }

  dispose(): void {
    for (const primitive of this.kept.values()) this.destroy(primitive)
    this.kept.clear()
  }

  private of(key: string, describe: () => Description): Primitive | undefined {
    const { kept } = this
    if (kept.has(key)) {
      const found = kept.get(key)
      kept.delete(key)
      kept.set(key, found)
      return found
    }
    if (kept.size >= keptPrimitives) {
      const [[oldest, primitive] = ['', undefined]] = kept
      kept.delete(oldest)
      this.destroy(primitive)
    }
    const made = this.make(describe())
    kept.set(key, made)
    return made
  }

  private execute({ handle, arguments: operands, list }: Primitive, addresses: readonly number[]): void {
    const { engine } = this
    const packs = operands.map(({ packed }) =>
      packed === undefined ? undefined : engine.memory.allocate(packed.bytes),
    )
    operands.forEach(({ memory, packed }, i) => {
      const address = addresses[i] ?? 0
      const pack = packs[i]
      engine.call('dnnl_memory_set_data_handle', memory, pack?.address ?? address)
      if (packed?.written === false && pack !== undefined)
        this.execute(packed.reorder, [address, pack.address])
    })
    engine.call('dnnl_primitive_execute', handle, engine.stream, operands.length, list.address)
    engine.call('dnnl_stream_wait', engine.stream)
    operands.forEach(({ packed }, i) => {
      const pack = packs[i]
      if (packed?.written === true && pack !== undefined)
        this.execute(packed.reorder, [pack.address, addresses[i] ?? 0])
      pack?.free()
    })
  }

  private make(description: Description): Primitive | undefined {
    const { engine } = this
    const room = engine.memory.allocate(8 * longestList * 8)
    const descriptors: number[] = []
    let used = 0
    const numbers = (list: readonly number[]): number => {
      const words = room.integers(2 * 8 * longestList)
      list.forEach((value, i) => {
        writeAddress(words, used + i, value)
      })
      const address = room.address + 8 * used
      used += list.length
      return address
    }
    const descriptor = ({ dims, strides, type }: Layout, free = false): number => {
      const [name, last] = free
        ? (['dnnl_memory_desc_create_with_tag', anyLayout] as const)
        : (['dnnl_memory_desc_create_with_strides', numbers(strides ?? rowMajor(dims))] as const)
      const one = engine.made(name, dims.length, numbers(dims), dataTypes[type ?? 'f32'], last)
      descriptors.push(one)
      return one
    }
    const { operands, postOps = [] } = description
    const attributes = postOps.length === 0 ? 0 : this.attributes(postOps, descriptor)
    const asked = operands.map((operand) => descriptor(operand, operand.free !== undefined))
    let hint: number | undefined
    try {
      const { make, parameters, forward } = description
      if (forward !== undefined) {
        hint = this.describe(forward.make, [
          engine.handle,
          ...forward.parameters(asked, numbers, engine.handle),
          0,
        ])
        if (hint === undefined) return undefined
      }
      const described = this.describe(make, [
        ...(make === reordering ? [] : [engine.handle]),
        ...parameters(asked, numbers, engine.handle),
        ...(hint === undefined ? [] : [hint]),
        attributes,
      ])
      if (described === undefined) return undefined
      const all: Argument[] = operands.map((operand, i) =>
        this.argument(operand, asked[i] ?? 0, described, descriptor),
      )
      const places = operands.map(({ as }) => as)
      postOps.forEach((op, i) => {
        if (!('binary' in op)) return
        all.push({ memory: this.memoryOf(descriptor(op.with)) })
        places.push((argument.postOp * (i + 1)) | argument.source1)
      })
      const list = engine.memory.allocate(16 * all.length)
      const words = list.integers(4 * all.length)
      all.forEach(({ memory }, i) => {
        words[4 * i] = places[i] ?? 0
        words[4 * i + 1] = 0
        writeAddress(words, 2 * i + 1, memory)
      })
      const handle = engine.made('dnnl_primitive_create', described)
      engine.call('dnnl_primitive_desc_destroy', described)
      return { handle, arguments: all, list }
    } finally {
      for (const one of descriptors) engine.call('dnnl_memory_desc_destroy', one)
      if (hint !== undefined) engine.call('dnnl_primitive_desc_destroy', hint)
      if (attributes !== 0) engine.call('dnnl_primitive_attr_destroy', attributes)
      room.free()
    }
  }

  /** Undefined where oneDNN has no implementation. */
  private describe(make: OneDnnFunction, parameters: readonly number[]): number | undefined {
    const { engine } = this
    const place = engine.memory.allocate(8)
    try {
      const status = engine.dnnl[make](place.address, ...parameters)
      if (status === unimplemented) return undefined
      if (status !== 0) throw new Error(`oneDNN: ${make} failed with status ${status}`)
      return readAddress(place.integers(2), 0)
    } finally {
      place.free()
    }
  }

  private attributes(postOps: readonly PostOp[], descriptor: (layout: Layout) => number): number {
    const { engine } = this
    const list = engine.made('dnnl_post_ops_create')
    for (const op of postOps) {
      if ('binary' in op) engine.call('dnnl_post_ops_append_binary', list, op.binary, descriptor(op.with))
      else engine.call('dnnl_post_ops_append_eltwise', list, op.eltwise, op.alpha, op.beta)
    }
    const attributes = engine.made('dnnl_primitive_attr_create')
    engine.call('dnnl_primitive_attr_set_post_ops', attributes, list)
    engine.call('dnnl_post_ops_destroy', list)
    return attributes
  }

  private argument(
    operand: Operand,
    asked: number,
    described: number,
    descriptor: (layout: Layout) => number,
  ): Argument {
    const { engine } = this
    if (operand.free === undefined) return { memory: this.memoryOf(asked) }
    const wanted = engine.dnnl.dnnl_primitive_desc_query_md(described, query.argument, operand.as)
    const plain = descriptor(operand)
    if (engine.dnnl.dnnl_memory_desc_equal(plain, wanted) === 1) return { memory: this.memoryOf(plain) }
    const written = operand.free === 'written'
    return {
      memory: this.memoryOf(wanted),
      packed: {
        bytes: engine.dnnl.dnnl_memory_desc_get_size(wanted),
        reorder: this.reorder(written ? wanted : plain, written ? plain : wanted),
        written,
      },
    }
  }

  private reorder(from: number, to: number): Primitive {
    const { engine } = this
    const described = engine.made(reordering, from, engine.handle, to, engine.handle, 0)
    const memories = [this.memoryOf(from), this.memoryOf(to)]
    const list = engine.memory.allocate(32)
    const words = list.integers(8)
    memories.forEach((memory, i) => {
      words[4 * i] = i === 0 ? argument.source : argument.destination
      words[4 * i + 1] = 0
      writeAddress(words, 2 * i + 1, memory)
    })
    const handle = engine.made('dnnl_primitive_create', described)
    engine.call('dnnl_primitive_desc_destroy', described)
    return { handle, arguments: memories.map((memory) => ({ memory })), list }
  }

  private memoryOf(descriptor: number): number {
    return this.engine.made('dnnl_memory_create', descriptor, this.engine.handle, noData)
  }

  private destroy(primitive: Primitive | undefined): void {
    if (primitive === undefined) return
    for (const { memory, packed } of primitive.arguments) {
      this.engine.call('dnnl_memory_destroy', memory)
      this.destroy(packed?.reorder)
    }
    this.engine.call('dnnl_primitive_destroy', primitive.handle)
    primitive.list.free()
  }
}

function rowMajor(dims: readonly number[]): number[] {
  let size = 1
  return dims
    .map((_, i) => {
      const stride = size
      size *= dims[dims.length - 1 - i] ?? 1
      return stride
    })
    .reverse()
}
