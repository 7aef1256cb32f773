/**
 * The messages of TensorBoard's event files as descriptors, with the field numbers of its .proto files
 * (github.com/tensorflow/tensorboard: compat/proto/{event,summary,histogram,tensor,tensor_shape}.proto,
 * plugins/hparams/{api,plugin_data}.proto). Only fields that are written here are listed.
 */
import { createFileRegistry, type DescMessage, fromJson, type JsonValue, toBinary } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema, file_google_protobuf_struct } from '@bufbuild/protobuf/wkt'

/** Its number and type; of a message by its full name. The name of a oneof keeps a 0 in the bytes. */
type Field = readonly [number: number, type: string, oneof?: string]
type Message = Readonly<Record<string, Field>>

const value = '.google.protobuf.Value'

/** A type with `[]` is repeated. `map<>` is one from strings to google.protobuf.Value. */
const messages: Readonly<Record<string, Message>> = {
  Event: {
    wall_time: [1, 'double'],
    step: [2, 'int64'],
    file_version: [3, 'string', 'what'],
    summary: [5, '.tensorboard.Summary', 'what'],
  },
  Summary: { value: [1, '.tensorboard.Value[]'] },
  Value: {
    tag: [1, 'string'],
    simple_value: [2, 'float', 'value'],
    histo: [5, '.tensorboard.HistogramProto', 'value'],
    tensor: [8, '.tensorboard.TensorProto', 'value'],
    metadata: [9, '.tensorboard.SummaryMetadata'],
  },
  SummaryMetadata: { plugin_data: [1, '.tensorboard.PluginData'] },
  PluginData: { plugin_name: [1, 'string'], content: [2, 'bytes'] },
  HistogramProto: {
    min: [1, 'double'],
    max: [2, 'double'],
    num: [3, 'double'],
    sum: [4, 'double'],
    sum_squares: [5, 'double'],
    bucket_limit: [6, 'double[]'],
    bucket: [7, 'double[]'],
  },
  TensorProto: {
    dtype: [1, 'int32'],
    tensor_shape: [2, '.tensorboard.TensorShapeProto'],
    string_val: [8, 'bytes[]'],
  },
  TensorShapeProto: { dim: [2, '.tensorboard.Dim[]'] },
  Dim: { size: [1, 'int64'] },
  HParamsPluginData: {
    version: [1, 'int32'],
    experiment: [2, '.tensorboard.Experiment', 'data'],
    session_start_info: [3, '.tensorboard.SessionStartInfo', 'data'],
    session_end_info: [4, '.tensorboard.SessionEndInfo', 'data'],
  },
  Experiment: {
    time_created_secs: [3, 'double'],
    hparam_infos: [4, '.tensorboard.HParamInfo[]'],
    metric_infos: [5, '.tensorboard.MetricInfo[]'],
    name: [6, 'string'],
  },
  HParamInfo: {
    name: [1, 'string'],
    type: [4, 'int32'],
    domain_discrete: [5, '.google.protobuf.ListValue'],
  },
  MetricInfo: { name: [1, '.tensorboard.MetricName'], dataset_type: [5, 'int32'] },
  MetricName: { group: [1, 'string'], tag: [2, 'string'] },
  SessionStartInfo: {
    hparams: [1, 'map<>'],
    group_name: [4, 'string'],
    start_time_secs: [5, 'double'],
  },
  SessionEndInfo: { status: [1, 'int32'], end_time_secs: [2, 'double'] },
}

/** `type` of HParamInfo. */
export const dataTypes = { string: 1, number: 3 } as const
/** `status` of SessionEndInfo. */
export const success = 1
/** `dataset_type` of MetricInfo. */
export const validationData = 2
/** `dtype` of TensorProto. */
export const stringType = 7

export type MessageName = 'Event' | 'HParamsPluginData'
export type Encode = (name: MessageName, fields: JsonValue) => Uint8Array

/** The encoder of messages: fields are those of protobuf's JSON (bytes in base64). */
export function messageEncoder(): Encode {
  const file = fromJson(FileDescriptorProtoSchema, {
    name: 'tensorboard.proto',
    package: 'tensorboard',
    syntax: 'proto3',
    dependency: [file_google_protobuf_struct.proto.name],
    messageType: Object.entries(messages).map(([name, message]) => messageJson(name, message)),
  })
  const registry = createFileRegistry(file, () => file_google_protobuf_struct)
  return (name, fields) => {
    const schema: DescMessage | undefined = registry.getMessage(`tensorboard.${name}`)
    if (schema === undefined) throw new Error(`there is no message ${name}`)
    return toBinary(schema, fromJson(schema, fields, { registry }))
  }
}

function messageJson(name: string, message: Message): JsonValue {
  const oneofs = [...new Set(Object.values(message).flatMap(([, , oneof]) => oneof ?? []))]
  const maps = Object.entries(message).filter(([, [, type]]) => type === 'map<>')
  const entryOf = (field: string): string => `${field.charAt(0).toUpperCase()}${field.slice(1)}Entry`
  return {
    name,
    oneofDecl: oneofs.map((oneof) => ({ name: oneof })),
    field: Object.entries(message).map(([field, [number, type, oneof]]) => ({
      ...fieldJson(field, number, type === 'map<>' ? `.tensorboard.${name}.${entryOf(field)}[]` : type),
      ...(oneof === undefined ? {} : { oneofIndex: oneofs.indexOf(oneof) }),
    })),
    nestedType: maps.map(([field]) => ({
      name: entryOf(field),
      options: { mapEntry: true },
      field: [fieldJson('key', 1, 'string'), fieldJson('value', 2, value)],
    })),
  }
}

function fieldJson(name: string, number: number, type: string): { readonly [key: string]: JsonValue } {
  const single = type.replace('[]', '')
  return {
    name,
    number,
    label: single === type ? 'LABEL_OPTIONAL' : 'LABEL_REPEATED',
    ...(single.startsWith('.')
      ? { type: 'TYPE_MESSAGE', typeName: single }
      : { type: `TYPE_${single.toUpperCase()}` }),
  }
}
