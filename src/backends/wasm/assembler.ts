/**
 * Writes WebAssembly: the few instructions that our vector kernels need, as functions over lists of bytes,
 * and the module around them. The numbers are those of the core specification 2.0 (section 5.4, binary format
 * of instructions) and its vector instructions.
 */
export type Code = readonly number[]
export type ValueType = 'i32' | 'f32' | 'f64' | 'v128'

const typeByte: Readonly<Record<ValueType, number>> = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b }

/** LEB128, unsigned. */
function unsigned(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  do {
    const low = rest & 0x7f
    rest >>>= 7
    bytes.push(rest === 0 ? low : low | 0x80)
  } while (rest !== 0)
  return bytes
}

/** LEB128, signed 32 bits. */
function signed(value: number): number[] {
  const bytes: number[] = []
  let rest = value | 0
  for (;;) {
    const low = rest & 0x7f
    rest >>= 7
    const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)
    bytes.push(done ? low : low | 0x80)
    if (done) return bytes
  }
}

function vector(items: readonly Code[]): number[] {
  return [...unsigned(items.length), ...items.flat()]
}

function text(name: string): number[] {
  const bytes = [...new TextEncoder().encode(name)]
  return [...unsigned(bytes.length), ...bytes]
}

const binaryOp =
  (...opcode: number[]) =>
  (a: Code, b: Code): Code => [...a, ...b, ...opcode]
const unaryOp =
  (...opcode: number[]) =>
  (a: Code): Code => [...a, ...opcode]
const simd = (code: number): number[] => [0xfd, ...unsigned(code)]
const memory = (offset: number): number[] => [0, ...unsigned(offset)]

export const i32 = {
  const: (value: number): Code => [0x41, ...signed(value)],
  load: (address: Code, offset = 0): Code => [...address, 0x28, ...memory(offset)],
  store: (address: Code, value: Code, offset = 0): Code => [...address, ...value, 0x36, ...memory(offset)],
  add: binaryOp(0x6a),
  sub: binaryOp(0x6b),
  mul: binaryOp(0x6c),
  shl: binaryOp(0x74),
  shrU: binaryOp(0x76),
  and: binaryOp(0x71),
  xor: binaryOp(0x73),
  eq: binaryOp(0x46),
  ltS: binaryOp(0x48),
  ltU: binaryOp(0x49),
  gtS: binaryOp(0x4a),
  geS: binaryOp(0x4e),
  eqz: unaryOp(0x45),
  /** a if the condition holds, otherwise b. */
  select: (condition: Code, a: Code, b: Code): Code => [...a, ...b, ...condition, 0x1b],
}

export const f32 = {
  load: (address: Code, offset = 0): Code => [...address, 0x2a, ...memory(offset)],
  store: (address: Code, value: Code, offset = 0): Code => [...address, ...value, 0x38, ...memory(offset)],
  const: (value: number): Code => [0x43, ...new Uint8Array(Float32Array.of(value).buffer)],
}

export const f64 = {
  const: (value: number): Code => [0x44, ...new Uint8Array(Float64Array.of(value).buffer)],
  store: (address: Code, value: Code, offset = 0): Code => [...address, ...value, 0x39, ...memory(offset)],
  add: binaryOp(0xa0),
  sub: binaryOp(0xa1),
  mul: binaryOp(0xa2),
  div: binaryOp(0xa3),
  eq: binaryOp(0x61),
  sqrt: unaryOp(0x9f),
  fromFloat: unaryOp(0xbb),
  toFloat: unaryOp(0xb6),
  fromInteger: unaryOp(0xb7),
}

export const v128 = {
  load: (address: Code, offset = 0): Code => [...address, ...simd(0x00), ...memory(offset)],
  store: (address: Code, value: Code, offset = 0): Code => [
    ...address,
    ...value,
    ...simd(0x0b),
    ...memory(offset),
  ],
  loadSplat: (address: Code, offset = 0): Code => [...address, ...simd(0x09), ...memory(offset)],
  floats: (value: number): Code => [
    ...simd(0x0c),
    ...new Uint8Array(Float32Array.of(value, value, value, value).buffer),
  ],
  integers: (value: number): Code => [
    ...simd(0x0c),
    ...new Uint8Array(Int32Array.of(value, value, value, value).buffer),
  ],
  /** Bytes of a (0-15) and b (16-31), by four lanes of four bytes. */
  lanes: (a: Code, b: Code, lanes: readonly [number, number, number, number]): Code => [
    ...a,
    ...b,
    ...simd(0x0d),
    ...lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => lane * 4 + byte)),
  ],
  /** Bytes of a (0-15) and b (16-31), each by its number. */
  bytes: (a: Code, b: Code, bytes: readonly number[]): Code => [...a, ...b, ...simd(0x0d), ...bytes],
  and: binaryOp(...simd(0x4e)),
  or: binaryOp(...simd(0x50)),
  xor: binaryOp(...simd(0x51)),
  /** Bits of a where the mask has them, otherwise of b. */
  select: (mask: Code, a: Code, b: Code): Code => [...a, ...b, ...mask, ...simd(0x52)],
}

export const f32x4 = {
  splat: unaryOp(...simd(0x13)),
  abs: unaryOp(...simd(0xe0)),
  sqrt: unaryOp(...simd(0xe3)),
  add: binaryOp(...simd(0xe4)),
  sub: binaryOp(...simd(0xe5)),
  mul: binaryOp(...simd(0xe6)),
  div: binaryOp(...simd(0xe7)),
  /** b if it is less, otherwise a: NaN stays in a. One instruction, unlike `f32x4.min`. */
  lesser: binaryOp(...simd(0xea)),
  greater: binaryOp(...simd(0xeb)),
  ge: binaryOp(...simd(0x46)),
  nearest: unaryOp(...simd(0x6a)),
  first: (a: Code): Code => [...a, ...simd(0x1f), 0],
}

export const f64x2 = {
  splat: unaryOp(...simd(0x14)),
  add: binaryOp(...simd(0xf0)),
  sub: binaryOp(...simd(0xf1)),
  mul: binaryOp(...simd(0xf2)),
  /** Lanes 0 and 1 of four floats. */
  promote: unaryOp(...simd(0x5f)),
  /** Two floats in lanes 0 and 1, zeros above. */
  demote: unaryOp(...simd(0x5e)),
  lane: (a: Code, lane: 0 | 1): Code => [...a, ...simd(0x21), lane],
}

export const i32x4 = {
  splat: unaryOp(...simd(0x11)),
  add: binaryOp(...simd(0xae)),
  shl: binaryOp(...simd(0xab)),
  shrU: binaryOp(...simd(0xad)),
  ge: binaryOp(...simd(0x3f)),
  /** The products of lanes 0 and 1, or 2 and 3, as two unsigned 64-bit numbers. */
  wideLow: binaryOp(...simd(0xde)),
  wideHigh: binaryOp(...simd(0xdf)),
}

export const i16x8 = {
  splat: unaryOp(...simd(0x10)),
  geU: binaryOp(...simd(0x36)),
}

export const i8x16 = {
  /** The lanes of two vectors of 16 bits, each as the nearest signed byte. */
  narrow: binaryOp(...simd(0x65)),
}

/** A local variable or parameter of a function. */
export interface Local {
  readonly get: Code
  readonly set: (value: Code) => Code
}

/** A new local variable of the function that is being written. */
export type MakeLocal = (type: ValueType) => Local

/** New locals of one type: `const { p, q } = locals(local, 'i32', 'p', 'q')`. */
export function locals<Name extends string>(
  local: MakeLocal,
  type: ValueType,
  ...names: readonly Name[]
): { readonly [Each in Name]: Local } {
  return byName(names, () => local(type))
}

function byName<Names extends string | number | symbol>(
  names: readonly string[],
  make: (index: number) => Local,
): { readonly [Name in Names]: Local } {
  return Object.fromEntries(names.map((name, i) => [name, make(i)])) as { [Name in Names]: Local }
}

/**
 * Vector constants of one function, in locals. V8 would build a constant at each use, in four instructions.
 * `setup` goes before the loops, and is called after their code was written.
 */
export class Constants {
  private readonly local: MakeLocal
  private readonly known = new Map<string, { readonly value: Code; readonly local: Local }>()

  constructor(local: MakeLocal) {
    this.local = local
  }

  floats(value: number): Code {
    return this.of(v128.floats(value))
  }

  integers(value: number): Code {
    return this.of(v128.integers(value))
  }

  setup(): Code {
    return block(...[...this.known.values()].map(({ value, local }) => local.set(value)))
  }

  private of(value: Code): Code {
    const key = value.join()
    const entry = this.known.get(key) ?? { value, local: this.local('v128') }
    this.known.set(key, entry)
    return entry.local.get
  }
}

export function block(...parts: readonly Code[]): Code {
  return parts.flat()
}

export function when(condition: Code, then: Code, otherwise?: Code): Code {
  return otherwise === undefined
    ? [...condition, 0x04, 0x40, ...then, 0x0b]
    : [...condition, 0x04, 0x40, ...then, 0x05, ...otherwise, 0x0b]
}

/** Runs the body as long as the condition holds, tested before each turn. */
export function loopWhile(condition: Code, body: Code): Code {
  return [...condition, 0x04, 0x40, 0x03, 0x40, ...body, ...condition, 0x0d, 0, 0x0b, 0x0b]
}

interface Built {
  readonly name: string
  readonly parameters: readonly ValueType[]
  readonly locals: readonly ValueType[]
  readonly body: Code
}

/** A module that works on an imported memory and exports its functions. */
export class Assembler {
  private readonly functions: Built[] = []

  /**
   * Adds an exported function without results. `write` gets its parameters, by name and in this order, and a
   * maker of further locals.
   */
  function<const Parameters extends { readonly [name: string]: ValueType }>(
    name: string,
    parameters: Parameters,
    write: (parameters: { readonly [Name in keyof Parameters]: Local }, local: MakeLocal) => Code,
  ): void {
    const names = Object.keys(parameters)
    const types: ValueType[] = []
    const local: MakeLocal = (type) => localAt(names.length + types.push(type) - 1)
    const body = write(byName(names, localAt), local)
    this.functions.push({ name, parameters: Object.values(parameters), locals: types, body })
  }

  /**
   * The bytes of the module; its memory comes from import `env.memory`: any, or, with `sharedPages`, a shared
   * one of at most that many pages.
   */
  assemble(sharedPages?: number): Uint8Array<ArrayBuffer> {
    const section = (id: number, content: Code): number[] => [id, ...unsigned(content.length), ...content]
    const types = this.functions.map(({ parameters }) => [
      0x60,
      ...vector(parameters.map((type) => [typeByte[type]])),
      0,
    ])
    const limits = sharedPages === undefined ? [0x00, 0] : [0x03, 0, ...unsigned(sharedPages)]
    const memoryImport = [...text('env'), ...text('memory'), 0x02, ...limits]
    const exports = this.functions.map(({ name }, i) => [...text(name), 0x00, ...unsigned(i)])
    const bodies = this.functions.map(({ locals, body }) => {
      const code = [...vector(locals.map((type) => [1, typeByte[type]])), ...body, 0x0b]
      return [...unsigned(code.length), ...code]
    })
    return Uint8Array.from([
      ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
      ...section(1, vector(types)),
      ...section(2, vector([memoryImport])),
      ...section(3, vector(this.functions.map((_, i) => unsigned(i)))),
      ...section(7, vector(exports)),
      ...section(10, vector(bodies)),
    ])
  }
}

function localAt(index: number): Local {
  return { get: [0x20, ...unsigned(index)], set: (value) => [...value, 0x21, ...unsigned(index)] }
}
