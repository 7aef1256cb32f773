/**
 * ONNX models as bytes: the few messages of onnx.proto3 that a graph of tensors needs, by their field numbers
 * (github.com/onnx/onnx, onnx/onnx.proto).
 */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

/** TensorProto.DataType; types of elements have the same numbers in the C API. */
export const dataTypes = { f32: 1, u8: 2, s8: 3, i32: 6, i64: 7, bool: 9, f16: 10 } as const
export type OnnxDType = keyof typeof dataTypes

export type OnnxAttribute = number | string | readonly number[] | { readonly float: number }

export interface OnnxNode {
  readonly op: string
  /** `` for ONNX's own operators. */
  readonly domain: string
  /** `` for an optional input that is left out. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** Numbers are integers; floats are marked. */
  readonly attributes: { readonly [name: string]: OnnxAttribute }
}

export interface OnnxTensor {
  readonly name: string
  readonly dtype: OnnxDType
  readonly shape: readonly number[]
  /** Little-endian elements. */
  readonly bytes: Uint8Array
}

/** The place of a tensor's elements in a file beside the model's. */
export interface External {
  readonly file: string
  readonly offset: number
}

export interface OnnxValue {
  readonly name: string
  readonly dtype: OnnxDType
  /** Texts are symbols. */
  readonly shape: readonly (number | string)[]
}

export interface OnnxModel {
  readonly name: string
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly OnnxTensor[]
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  /** Intermediate values whose types the runtime cannot infer. */
  readonly values?: readonly OnnxValue[]
}

/** What a reader of the file has to know. */
export interface ModelFormat {
  /** Of ONNX's format of files. */
  readonly irVersion: number
  /** Sets of operators by their domain; `` is ONNX's own. */
  readonly opsets: readonly { readonly domain: string; readonly version: number }[]
  /** Of the program that wrote the file. */
  readonly producerVersion?: string
  /** What a person may ask of the file. */
  readonly metadata?: ReadonlyMap<string, string>
}

/** `external`: tensors whose elements are elsewhere, by name. */
export function modelBytes(
  model: OnnxModel,
  { irVersion, opsets, producerVersion, metadata }: ModelFormat,
  external?: ReadonlyMap<string, External>,
): Uint8Array {
  const writer = new BinaryWriter()
  int(writer, 1, irVersion)
  text(writer, 2, 'distill')
  if (producerVersion !== undefined) text(writer, 3, producerVersion)
  message(writer, 7, (graph) => {
    for (const node of model.nodes) message(graph, 1, (w) => writeNode(w, node))
    text(graph, 2, model.name)
    for (const tensor of model.initializers)
      message(graph, 5, (w) => writeTensor(w, tensor, external?.get(tensor.name)))
    for (const value of model.inputs) message(graph, 11, (w) => writeValue(w, value))
    for (const value of model.outputs) message(graph, 12, (w) => writeValue(w, value))
    for (const value of model.values ?? []) message(graph, 13, (w) => writeValue(w, value))
  })
  for (const { domain, version } of opsets) {
    message(writer, 8, (w) => {
      text(w, 1, domain)
      int(w, 2, version)
    })
  }
  for (const [key, value] of metadata ?? []) {
    message(writer, 14, (w) => {
      text(w, 1, key)
      text(w, 2, value)
    })
  }
  return writer.finish()
}

function message(writer: BinaryWriter, field: number, write: (writer: BinaryWriter) => void): void {
  writer.tag(field, WireType.LengthDelimited).fork()
  write(writer)
  writer.join()
}

function text(writer: BinaryWriter, field: number, value: string): void {
  writer.tag(field, WireType.LengthDelimited).string(value)
}

function int(writer: BinaryWriter, field: number, value: number): void {
  writer.tag(field, WireType.Varint).int64(value)
}

function writeNode(writer: BinaryWriter, { op, domain, inputs, outputs, attributes }: OnnxNode): void {
  for (const name of inputs) text(writer, 1, name)
  for (const name of outputs) text(writer, 2, name)
  // a name of its own, for messages of the runtime
  text(writer, 3, `${op} ${outputs[0] ?? ''}`)
  text(writer, 4, op)
  for (const [name, value] of Object.entries(attributes)) {
    message(writer, 5, (w) => writeAttribute(w, name, value))
  }
  if (domain !== '') text(writer, 7, domain)
}

function writeAttribute(writer: BinaryWriter, name: string, value: OnnxAttribute): void {
  text(writer, 1, name)
  if (typeof value === 'number') {
    int(writer, 3, value)
    int(writer, 20, 2)
  } else if (typeof value === 'string') {
    text(writer, 4, value)
    int(writer, 20, 3)
  } else if ('float' in value) {
    writer.tag(2, WireType.Bit32).float(value.float)
    int(writer, 20, 1)
  } else {
    for (const one of value) int(writer, 8, one)
    int(writer, 20, 7)
  }
}

function writeTensor(
  writer: BinaryWriter,
  { name, dtype, shape, bytes }: OnnxTensor,
  external: External | undefined,
): void {
  for (const size of shape) int(writer, 1, size)
  int(writer, 2, dataTypes[dtype])
  text(writer, 8, name)
  if (external === undefined) {
    writer.tag(9, WireType.LengthDelimited).bytes(bytes)
    return
  }
  const entries = [
    ['location', external.file],
    ['offset', String(external.offset)],
    ['length', String(bytes.byteLength)],
  ] as const
  for (const [key, value] of entries)
    message(writer, 13, (w) => {
      text(w, 1, key)
      text(w, 2, value)
    })
  // TensorProto.DataLocation.EXTERNAL
  int(writer, 14, 1)
}

function writeValue(writer: BinaryWriter, { name, dtype, shape }: OnnxValue): void {
  text(writer, 1, name)
  message(writer, 2, (type) => {
    message(type, 1, (tensor) => {
      int(tensor, 1, dataTypes[dtype])
      message(tensor, 2, (dimensions) => {
        for (const size of shape) {
          message(dimensions, 1, (w) => {
            if (typeof size === 'number') int(w, 1, size)
            else text(w, 2, size)
          })
        }
      })
    })
  })
}
