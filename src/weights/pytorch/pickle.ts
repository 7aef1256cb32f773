/**
 * A reader of the pickles that `torch.save` writes for tensors, and of nothing else. A pickle is a program
 * for a stack machine; here its instructions build dictionaries, tuples and descriptions of tensors. A name
 * that is not in the list below ends the reading: nothing is ever called. Each instruction makes at most one
 * value that is no longer than itself, so a file cannot take more memory than it has bytes. Opcodes: Python's
 * pickletools.
 */
import { damaged, type Place, refusedCall } from './refused.ts'

/** Storage classes, in PyTorch's names. */
export type StorageType = (typeof storageTypes)[number]
const storageTypes = [
  'FloatStorage',
  'DoubleStorage',
  'HalfStorage',
  'BFloat16Storage',
  'LongStorage',
  'IntStorage',
  'ShortStorage',
  'CharStorage',
  'ByteStorage',
  'BoolStorage',
] as const

export class Global {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}
/** `torch.Storage` by its persistent id: bytes elsewhere in the file. */
export class Storage {
  readonly type: StorageType
  readonly key: string
  readonly elements: number
  constructor(type: StorageType, key: string, elements: number) {
    this.type = type
    this.key = key
    this.elements = elements
  }
}
/** `torch._utils._rebuild_tensor_v2`: a view of a storage; offset and strides in elements. */
export class StoredTensor {
  readonly storage: Storage
  readonly offset: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]
  constructor(storage: Storage, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.storage = storage
    this.offset = offset
    this.shape = shape
    this.strides = strides
  }
}
export class Dictionary {
  readonly entries = new Map<Pickled, Pickled>()
}
export type Pickled =
  | null
  | boolean
  | number
  | bigint
  | string
  | Global
  | Storage
  | StoredTensor
  | Dictionary
  | Pickled[]

const mostDimensions = 16

const allowed = new Set([
  'collections.OrderedDict',
  'torch._utils._rebuild_tensor_v2',
  'torch._utils._rebuild_parameter',
  ...storageTypes.map((type) => `torch.${type}`),
])

/** A mark sets the stack below it aside. */
class Machine {
  private stack: Pickled[] = []
  private readonly marks: Pickled[][] = []
  private readonly memo = new Map<number, Pickled>()
  private readonly bytes: Buffer
  private readonly place: Place
  at: number

  constructor(bytes: Buffer, at: number, place: Place) {
    this.bytes = bytes
    this.at = at
    this.place = place
  }

  run(): Pickled {
    for (;;) {
      const code = this.byte()
      if (code === 0x2e) return this.pop()
      this.step(code)
    }
  }

  /** One instruction; the letters are those of pickletools. */
  private step(code: number): void {
    const { stack } = this
    switch (code) {
      case 0x80: // PROTO
        if (this.byte() > 5) throw damaged(this.place, 'its pickle is of a newer protocol than 5')
        return
      case 0x95: // FRAME: only a hint for reading ahead
        this.take(8)
        return
      case 0x28: // ( MARK
        this.marks.push(stack)
        this.stack = []
        return
      case 0x30: // 0 POP
        this.pop()
        return
      case 0x4e: // N NONE
        this.push(null)
        return
      case 0x88: // NEWTRUE
        this.push(true)
        return
      case 0x89: // NEWFALSE
        this.push(false)
        return
      case 0x4b: // K BININT1
        this.push(this.byte())
        return
      case 0x4d: // M BININT2
        this.push(this.take(2).readUInt16LE())
        return
      case 0x4a: // J BININT
        this.push(this.take(4).readInt32LE())
        return
      case 0x8a: // LONG1
        this.push(wholeNumber(this.take(this.byte())))
        return
      case 0x47: // G BINFLOAT
        this.push(this.take(8).readDoubleBE())
        return
      case 0x58: // X BINUNICODE
        this.push(this.take(this.take(4).readUInt32LE()).toString('utf8'))
        return
      case 0x8c: // SHORT_BINUNICODE
        this.push(this.take(this.byte()).toString('utf8'))
        return
      case 0x55: // U SHORT_BINSTRING
        this.push(this.take(this.byte()).toString('latin1'))
        return
      case 0x29: // ) EMPTY_TUPLE
      case 0x5d: // ] EMPTY_LIST
        this.push([])
        return
      case 0x85: // TUPLE1
        this.tuple(1)
        return
      case 0x86: // TUPLE2
        this.tuple(2)
        return
      case 0x87: // TUPLE3
        this.tuple(3)
        return
      case 0x74: // t TUPLE
        this.push(this.popMark())
        return
      case 0x65: // e APPENDS
        this.append(this.popMark())
        return
      case 0x61: // a APPEND
        this.append(stack.splice(-1))
        return
      case 0x7d: // } EMPTY_DICT
        this.push(new Dictionary())
        return
      case 0x73: // s SETITEM
        this.setItems(stack.splice(-2))
        return
      case 0x75: // u SETITEMS
        this.setItems(this.popMark())
        return
      case 0x71: // q BINPUT
        this.remember(this.byte())
        return
      case 0x72: // r LONG_BINPUT
        this.remember(this.take(4).readUInt32LE())
        return
      case 0x94: // MEMOIZE
        this.remember(this.memo.size)
        return
      case 0x68: // h BINGET
        this.recall(this.byte())
        return
      case 0x6a: // j LONG_BINGET
        this.recall(this.take(4).readUInt32LE())
        return
      case 0x63: // c GLOBAL
        this.global(this.line(), this.line())
        return
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = stack.splice(-2)
        if (typeof module !== 'string' || typeof name !== 'string') throw this.broken()
        this.global(module, name)
        return
      }
      case 0x51: // Q BINPERSID
        this.push(this.storage(this.pop()))
        return
      case 0x52: {
        // R REDUCE
        const given = this.pop()
        this.push(this.construct(this.pop(), given))
        return
      }
      case 0x62: // b BUILD: attributes such as a state_dict's _metadata, which nothing here reads
        this.pop()
        if (!(stack.at(-1) instanceof Dictionary)) throw this.broken()
        return
      default:
        throw refusedCall(this.place, `the pickle instruction 0x${code.toString(16)}`)
    }
  }

  private global(module: string, name: string): void {
    const full = `${module}.${name}`
    if (!allowed.has(full)) throw refusedCall(this.place, `\`${printable(full)}\``)
    this.push(new Global(full))
  }

  private construct(callee: Pickled, given: Pickled): Pickled {
    if (!(callee instanceof Global) || !Array.isArray(given)) throw this.broken()
    switch (callee.name) {
      case 'collections.OrderedDict':
        if (given.length > 0) throw this.broken()
        return new Dictionary()
      case 'torch._utils._rebuild_tensor_v2': {
        const [storage, offset, shape, strides] = given
        if (!(storage instanceof Storage) || !isCount(offset) || !isCounts(shape) || !isCounts(strides))
          throw this.broken()
        if (shape.length !== strides.length) throw this.broken()
        return new StoredTensor(storage, offset, shape, strides)
      }
      case 'torch._utils._rebuild_parameter':
        if (!(given[0] instanceof StoredTensor)) throw this.broken()
        return given[0]
      default:
        throw refusedCall(this.place, `\`${callee.name}\``)
    }
  }

  /** ('storage', class, key, device, elements), and in files from before 1.6 a view of it, always None. */
  private storage(id: Pickled): Storage {
    if (!Array.isArray(id) || id[0] !== 'storage') throw this.broken()
    const [, type, key, , elements, view] = id
    if (!(type instanceof Global) || typeof key !== 'string' || !isCount(elements)) throw this.broken()
    const name = storageTypes.find((known) => `torch.${known}` === type.name)
    if (name === undefined || (view !== undefined && view !== null)) throw this.broken()
    return new Storage(name, key, elements)
  }

  private setItems(items: readonly Pickled[]): void {
    const dictionary = this.stack.at(-1)
    if (!(dictionary instanceof Dictionary) || items.length % 2 !== 0) throw this.broken()
    for (let k = 0; k < items.length; k += 2) {
      const [key, value] = [items[k] ?? null, items[k + 1] ?? null]
      if (typeof key === 'string' && dictionary.entries.has(key))
        throw damaged(this.place, `it has two entries \`${printable(key)}\``)
      dictionary.entries.set(key, value)
    }
  }

  private append(items: readonly Pickled[]): void {
    const list = this.stack.at(-1)
    if (!Array.isArray(list)) throw this.broken()
    for (const item of items) list.push(item)
  }

  private tuple(length: number): void {
    if (this.stack.length < length) throw this.broken()
    this.push(this.stack.splice(-length))
  }

  private remember(index: number): void {
    const top = this.stack.at(-1)
    if (top === undefined) throw this.broken()
    this.memo.set(index, top)
  }

  private recall(index: number): void {
    const value = this.memo.get(index)
    if (value === undefined) throw this.broken()
    this.push(value)
  }

  private push(value: Pickled): void {
    this.stack.push(value)
  }

  private pop(): Pickled {
    const value = this.stack.pop()
    if (value === undefined) throw this.broken()
    return value
  }

  private popMark(): Pickled[] {
    const above = this.stack
    const below = this.marks.pop()
    if (below === undefined) throw this.broken()
    this.stack = below
    return above
  }

  private byte(): number {
    return this.take(1).readUInt8()
  }

  private take(length: number): Buffer {
    if (this.at + length > this.bytes.length) throw damaged(this.place, 'its pickle is cut off')
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }

  private line(): string {
    const end = this.bytes.indexOf(0x0a, this.at)
    if (end < 0) throw damaged(this.place, 'its pickle is cut off')
    const text = this.bytes.toString('utf8', this.at, end)
    this.at = end + 1
    return text
  }

  private broken(): Error {
    return damaged(this.place, `its pickle makes no sense at byte ${this.at}`)
  }
}

/**
 * The value of the pickle that begins at `at`, and where it ends.
 * @throws DiagnosticError E0908 (damaged), E0909 (it names something that is not a part of a tensor)
 */
export function unpickle(
  bytes: Buffer,
  at: number,
  place: Place,
): { readonly value: Pickled; readonly end: number } {
  const machine = new Machine(bytes, at, place)
  const value = machine.run()
  return { value, end: machine.at }
}

function isCount(value: Pickled | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isCounts(value: Pickled | undefined): value is number[] {
  return Array.isArray(value) && value.length <= mostDimensions && value.every(isCount)
}

/** Little-endian two's complement; what a number holds exactly becomes one. */
function wholeNumber(bytes: Buffer): number | bigint {
  let value = 0n
  for (let k = bytes.length - 1; k >= 0; k--) value = (value << 8n) | BigInt(bytes[k] ?? 0)
  const signed = BigInt.asIntN(8 * bytes.length, value)
  const small = Number(signed)
  return Number.isSafeInteger(small) ? small : signed
}

/** A name of a file for a message: no control characters, not endless. */
export function printable(text: string): string {
  const clean = text.replace(/[^\x20-\x7e]/g, '?')
  return clean.length > 80 ? `${clean.slice(0, 80)}...` : clean
}
