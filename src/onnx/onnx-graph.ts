/**
 * Makes the nodes of an ONNX graph. Equal nodes and equal constants are one; sizes that a batch decides are
 * inputs of the model, or made of its inputs, so that one session serves batches of all sizes.
 */
import type { Size, SizeSymbol } from '../graph/graph.ts'
import { isSizeSymbol } from '../graph/type.ts'
import { liveNodes } from './live.ts'
import type { OnnxAttribute, OnnxDType, OnnxModel, OnnxNode, OnnxTensor, OnnxValue } from './protobuf.ts'

export type OnnxAttributes = { readonly [name: string]: OnnxAttribute }

/** The name of the model's input that holds a size, i64[1]. */
export function sizeInput(symbol: string): string {
  return `size ${symbol}`
}

export class OnnxGraph {
  private readonly nodes: OnnxNode[] = []
  private readonly byMeaning = new Map<string, readonly string[]>()
  private readonly producers = new Map<string, OnnxNode>()
  private readonly initializers = new Map<string, OnnxTensor>()
  private readonly inputs = new Map<string, OnnxValue>()
  private readonly outputs: OnnxValue[] = []
  private readonly values = new Map<string, OnnxValue>()
  private readonly sizes = new Set<SizeSymbol>()
  private readonly known: (onnx: OnnxGraph, symbol: string) => string | undefined

  /** `known`: makes the size that a symbol is, i64[1]; undefined where it is to be an input. */
  constructor(known: (onnx: OnnxGraph, symbol: string) => string | undefined = () => undefined) {
    this.known = known
  }

  /** One output. An equal node is made once. */
  node(op: string, inputs: readonly string[], attributes: OnnxAttributes = {}, domain = ''): string {
    return this.several(op, inputs, 1, attributes, domain)[0] ?? ''
  }

  /** One output, of a node of its own: what is made of it is not one with what is made of an equal one. */
  another(op: string, inputs: readonly string[], attributes: OnnxAttributes = {}, domain = ''): string {
    const name = `v${this.nodes.length}`
    const node: OnnxNode = { op, domain, inputs, outputs: [name], attributes }
    this.nodes.push(node)
    this.producers.set(name, node)
    return name
  }

  /** All of its first `count` outputs. */
  several(
    op: string,
    inputs: readonly string[],
    count: number,
    attributes: OnnxAttributes = {},
    domain = '',
  ): readonly string[] {
    const meaning = meaningOf(op, inputs, count, attributes, domain)
    const known = this.byMeaning.get(meaning)
    if (known !== undefined) return known
    const name = `v${this.nodes.length}`
    const outputs = Array.from({ length: count }, (_, i) => (i === 0 ? name : `${name}.${i}`))
    const node: OnnxNode = { op, domain, inputs, outputs, attributes }
    this.nodes.push(node)
    this.byMeaning.set(meaning, outputs)
    for (const output of outputs) this.producers.set(output, node)
    return outputs
  }

  /** Whether there is such a node of one output. */
  knows(op: string, inputs: readonly string[], attributes: OnnxAttributes = {}): boolean {
    return this.byMeaning.has(meaningOf(op, inputs, 1, attributes, ''))
  }

  /** Tells the type of a value that an operator outside of the standard makes: no reader can infer it. */
  declare(name: string, dtype: OnnxDType, shape: readonly Size[]): void {
    this.values.set(name, { name, dtype, shape })
  }

  /**
   * The node that makes a value; undefined for inputs and constants. What a better way is found for later
   * need not be removed: a model has no nodes without readers.
   */
  producer(value: string): OnnxNode | undefined {
    return this.producers.get(value)
  }

  input(name: string, dtype: OnnxDType, shape: readonly Size[]): string {
    this.inputs.set(name, { name, dtype, shape })
    return name
  }

  /** What an input of the model holds, or a value declared for the runtime; undefined for other values. */
  knownType(name: string): OnnxDType | undefined {
    return (this.inputs.get(name) ?? this.values.get(name))?.dtype
  }

  output(name: string, value: string, dtype: OnnxDType, shape: readonly Size[]): void {
    // an output is the value of a node of its own: one value may be several outputs, or an input
    this.nodes.push({ op: 'Identity', domain: '', inputs: [value], outputs: [name], attributes: {} })
    this.outputs.push({ name, dtype, shape })
  }

  /** A tensor that the model holds. */
  initializer(name: string, dtype: OnnxDType, shape: readonly number[], bytes: Uint8Array): string {
    this.initializers.set(name, { name, dtype, shape, bytes })
    return name
  }

  /** The shape of a value that the model holds. */
  heldShape(value: string): readonly number[] | undefined {
    return this.initializers.get(value)?.shape
  }

  /** Numbers that the model holds, in order; undefined for other values. */
  heldFloats(
    value: string,
  ): { readonly shape: readonly number[]; readonly values: Float32Array } | undefined {
    const held = this.initializers.get(value)
    if (held === undefined || held.dtype !== 'f32') return undefined
    const { buffer, byteOffset, byteLength } = held.bytes
    return { shape: held.shape, values: new Float32Array(buffer, byteOffset, byteLength / 4) }
  }

  /** The number that a value is, f32[]. */
  numberOf(value: string): number | undefined {
    const held = this.initializers.get(value)
    if (held === undefined || held.dtype !== 'f32' || held.shape.length > 0) return undefined
    return new DataView(held.bytes.buffer, held.bytes.byteOffset).getFloat32(0, true)
  }

  /** f32[] */
  float(value: number): string {
    return this.constant('f32', [], [value])
  }
  /** f32[n] */
  floats(values: readonly number[]): string {
    return this.constant('f32', [values.length], values)
  }
  /** i32[] */
  int32(value: number): string {
    return this.constant('i32', [], [value])
  }
  /** i64[] */
  int64(value: number): string {
    return this.constant('i64', [], [value])
  }
  /** u8[] */
  byte(value: number): string {
    return this.constant('u8', [], [value])
  }
  /** One value throughout. */
  bytes(dtype: 'u8' | 's8', shape: readonly number[], value: number): string {
    const all = new Int8Array(shape.reduce((product, size) => product * size, 1)).fill(value)
    return this.initializer(`${dtype} [${shape.join()}] ${value}`, dtype, shape, bytesOf(all))
  }
  /** i64[n]: axes, shapes. */
  ints(values: readonly number[]): string {
    return this.constant('i64', [values.length], values)
  }

  /** i64[1] */
  size(size: Size): string {
    if (typeof size === 'number') return this.ints([size])
    const [symbol = '', shares] = size.split('/')
    const known = this.known(this, symbol)
    const whole = known ?? this.input(sizeInput(symbol), 'i64', [1])
    if (known === undefined && isSizeSymbol(symbol)) this.sizes.add(symbol)
    return shares === undefined ? whole : this.node('Div', [whole, this.ints([Number(shares)])])
  }

  /** A shape, i64[n]. */
  shape(sizes: readonly Size[]): string {
    const numbers = sizes.filter((size) => typeof size === 'number')
    if (numbers.length === sizes.length) return this.ints(numbers)
    const parts = sizes.map((size) => this.size(size))
    return parts.length === 1 ? (parts[0] ?? '') : this.node('Concat', parts, { axis: 0 })
  }

  /** Sizes that are inputs of the model. */
  get symbols(): readonly SizeSymbol[] {
    return [...this.sizes]
  }

  model(name: string): OnnxModel {
    const nodes = liveNodes(this.nodes, this.outputs)
    const read = new Set(nodes.flatMap(({ inputs }) => inputs))
    return {
      name,
      nodes,
      initializers: [...this.initializers.values()].filter((tensor) => read.has(tensor.name)),
      inputs: [...this.inputs.values()],
      outputs: this.outputs,
      values: nodes.flatMap(({ outputs }) => outputs.flatMap((value) => this.values.get(value) ?? [])),
    }
  }

  private constant(dtype: keyof typeof arrays, shape: readonly number[], values: readonly number[]): string {
    // -0 and 0 are two constants
    const text = values.map((value) => (Object.is(value, -0) ? '-0' : String(value))).join(' ')
    const name = `${dtype} ${shape.length === 0 ? '' : `[${shape.join()}] `}${text}`
    return this.initializer(name, dtype, shape, bytesOf(arrays[dtype](values)))
  }
}

function meaningOf(
  op: string,
  inputs: readonly string[],
  count: number,
  attributes: OnnxAttributes,
  domain: string,
): string {
  return JSON.stringify([op, inputs, count, attributes, domain])
}

const arrays = {
  f32: (values: readonly number[]) => Float32Array.from(values),
  u8: (values: readonly number[]) => Uint8Array.from(values),
  i32: (values: readonly number[]) => Int32Array.from(values),
  i64: (values: readonly number[]) => BigInt64Array.from(values, BigInt),
} as const

export function bytesOf(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}
