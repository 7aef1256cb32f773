/** Reads ONNX files as others do: from their bytes, by the field numbers of onnx.proto3. */
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { dataTypes, type OnnxDType } from '../../src/onnx/protobuf.ts'

interface ReadNode {
  readonly op: string
  readonly domain: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
}
interface ReadTensor {
  readonly name: string
  readonly dtype: OnnxDType
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
  /** Of a tensor in another file: location, offset, length. */
  readonly external: ReadonlyMap<string, string>
}
interface ReadValue {
  readonly name: string
  readonly dtype: OnnxDType
  readonly shape: readonly (number | string)[]
}
export interface ReadModel {
  readonly irVersion: number
  readonly producer: string
  readonly opsets: ReadonlyMap<string, number>
  readonly metadata: ReadonlyMap<string, string>
  /** Functions that the file declares. */
  readonly functions: number
  readonly nodes: readonly ReadNode[]
  readonly tensors: readonly ReadTensor[]
  readonly inputs: readonly ReadValue[]
  readonly outputs: readonly ReadValue[]
}

type Field = number | Uint8Array
type Message = ReadonlyMap<number, readonly Field[]>

/** All fields of a message, by number. */
function message(bytes: Uint8Array): Message {
  const reader = new BinaryReader(bytes)
  const fields = new Map<number, Field[]>()
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag()
    const value =
      type === WireType.Varint
        ? Number(reader.int64())
        : type === WireType.LengthDelimited
          ? reader.bytes()
          : type === WireType.Bit32
            ? reader.float()
            : undefined
    if (value === undefined) throw new Error(`field ${number} has wire type ${type}`)
    fields.set(number, [...(fields.get(number) ?? []), value])
  }
  return fields
}

const decoder = new TextDecoder()
const bytesAt = (from: Message, field: number): Uint8Array[] =>
  (from.get(field) ?? []).flatMap((value) => (value instanceof Uint8Array ? value : []))
const texts = (from: Message, field: number): string[] =>
  bytesAt(from, field).map((bytes) => decoder.decode(bytes))
const text = (from: Message, field: number): string => texts(from, field)[0] ?? ''
const numbers = (from: Message, field: number): number[] =>
  (from.get(field) ?? []).flatMap((value) => (typeof value === 'number' ? value : []))
const inside = (from: Message, field: number): Message[] => bytesAt(from, field).map(message)
const pairs = (from: Message, field: number): Map<string, string> =>
  new Map(inside(from, field).map((entry) => [text(entry, 1), text(entry, 2)]))

function dtypeOf(code: number | undefined): OnnxDType {
  for (const [name, number] of Object.entries(dataTypes)) if (number === code) return name as OnnxDType
  throw new Error(`no type ${code}`)
}

function value(from: Message): ReadValue {
  const [type] = inside(from, 2).flatMap((one) => inside(one, 1))
  if (type === undefined) throw new Error('a value without a type')
  const shape = inside(type, 2)
    .flatMap((one) => inside(one, 1))
    .map((dimension) => numbers(dimension, 1)[0] ?? text(dimension, 2))
  return { name: text(from, 1), dtype: dtypeOf(numbers(type, 1)[0]), shape }
}

export function readModel(bytes: Uint8Array): ReadModel {
  const model = message(bytes)
  const [graph] = inside(model, 7)
  if (graph === undefined) throw new Error('a model without a graph')
  return {
    irVersion: numbers(model, 1)[0] ?? 0,
    producer: `${text(model, 2)} ${text(model, 3)}`,
    opsets: new Map(inside(model, 8).map((one) => [text(one, 1), numbers(one, 2)[0] ?? 0])),
    metadata: pairs(model, 14),
    functions: inside(model, 25).length,
    nodes: inside(graph, 1).map((node) => ({
      op: text(node, 4),
      domain: text(node, 7),
      inputs: texts(node, 1),
      outputs: texts(node, 2),
    })),
    tensors: inside(graph, 5).map((tensor) => ({
      name: text(tensor, 8),
      dtype: dtypeOf(numbers(tensor, 2)[0]),
      shape: numbers(tensor, 1),
      bytes: bytesAt(tensor, 9)[0] ?? new Uint8Array(0),
      external: pairs(tensor, 13),
    })),
    inputs: inside(graph, 11).map(value),
    outputs: inside(graph, 12).map(value),
  }
}

/** What a file breaks of what other readers ask for: operators of the standard, sorted, each name made once. */
export function problemsOf({
  nodes,
  tensors,
  inputs,
  outputs,
  opsets,
  irVersion,
  functions,
}: ReadModel): string[] {
  const known = new Set([...inputs, ...tensors].map(({ name }) => name))
  const problems = [...(known.size < inputs.length + tensors.length ? ['a name that is there twice'] : [])]
  for (const { op, domain, inputs: read, outputs: made } of nodes) {
    if (domain !== '') problems.push(`${domain}.${op}`)
    for (const name of read)
      if (name !== '' && !known.has(name)) problems.push(`${op} reads ${name} before it is made`)
    for (const name of made) {
      if (known.has(name)) problems.push(`${name} is made twice`)
      known.add(name)
    }
  }
  for (const { name } of outputs) if (!known.has(name)) problems.push(`nothing makes ${name}`)
  const used = new Set(nodes.flatMap((node) => node.inputs))
  for (const { name } of tensors) if (!used.has(name)) problems.push(`nothing reads ${name}`)
  if (irVersion !== 9) problems.push(`IR ${irVersion}`)
  if (functions > 0) problems.push(`${functions} functions`)
  const version = opsets.get('')
  if (opsets.size !== 1 || version === undefined || version > 20) problems.push(`opsets ${[...opsets]}`)
  return problems
}
