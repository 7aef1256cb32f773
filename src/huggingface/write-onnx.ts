/**
 * ONNX files of a model: `model.onnx`, and beside it the same in fewer bits, under the names that
 * transformers.js looks for.
 */
import path from 'node:path'
import type { ModelInstance, Program } from '../check/program.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { notInOnnx } from '../diagnostics/messages/onnx.ts'
import { writeAtomically } from '../disk/atomic-write.ts'
import { GraphError, type TensorType } from '../graph/graph.ts'
import { compileTaps } from '../lower/stage.ts'
import { modelFiles } from '../onnx/external.ts'
import { inHalf } from '../onnx/half.ts'
import { inferenceModel, type NamedOutput } from '../onnx/inference-model.ts'
import type { OnnxModel } from '../onnx/protobuf.ts'
import { standardFormat } from '../onnx/standard.ts'
import type { ParameterStore } from '../train/parameters.ts'

/** Formats of weights, each in a file of its own. */
export const onnxFiles = {
  float32: 'model.onnx',
  int8: 'model_quantized.onnx',
  float16: 'model_fp16.onnx',
} as const
export type OnnxFormat = keyof typeof onnxFiles

export interface OnnxRequest {
  readonly program: Program
  readonly instance: ModelInstance
  readonly store: ParameterStore
  readonly outputs: readonly NamedOutput[]
  /** Beside float32. */
  readonly formats: readonly Exclude<OnnxFormat, 'float32'>[]
  /** What the file says of itself. */
  readonly metadata: ReadonlyMap<string, string>
  /** Of this program. */
  readonly version: string
  /** Bytes of weights that a file holds itself, at most; the others go into a file beside it. */
  readonly inside?: number
}

export interface WrittenOnnx {
  readonly format: OnnxFormat
  /** In the folder. */
  readonly file: string
  /** With the file beside it. */
  readonly bytes: number
  readonly external: boolean
  readonly opset: number
  /** Names of its inputs. */
  readonly inputs: readonly string[]
  /** Each with its type in the graph. */
  readonly outputs: readonly (NamedOutput & { readonly type: TensorType })[]
}

/**
 * Writes the files into the folder, float32 first. Throws E1131 where operators of the standard do not
 * compute the model, and E0907 where the system refuses.
 */
export function writeOnnx(request: OnnxRequest, folder: string): WrittenOnnx[] {
  const formats: readonly OnnxFormat[] = ['float32', ...request.formats]
  return formats.map((format) => writeFormat(request, format, folder))
}

function writeFormat(request: OnnxRequest, format: OnnxFormat, folder: string): WrittenOnnx {
  const { model, types } = modelOf(request, format)
  const { metadata, version, outputs } = request
  const standard = standardFormat(model)
  const file = onnxFiles[format]
  const { model: bytes, external } = modelFiles(
    model,
    { ...standard, metadata, producerVersion: version },
    file,
    request.inside,
  )
  let beside = 0
  if (external !== undefined) {
    writeAtomically(path.join(folder, external.file), external.parts())
    for (const part of external.parts()) beside += part.byteLength
  }
  writeAtomically(path.join(folder, file), [bytes])
  return {
    format,
    file,
    bytes: bytes.byteLength + beside,
    external: external !== undefined,
    opset: standard.opsets[0]?.version ?? 0,
    inputs: model.inputs.map(({ name }) => name),
    outputs: outputs.map((output, i) => ({ ...output, type: types[i] ?? { dtype: 'f32', dimensions: [] } })),
  }
}

function modelOf(
  { program, instance, store, outputs }: OnnxRequest,
  format: OnnxFormat,
): { readonly model: OnnxModel; readonly types: readonly TensorType[] } {
  const paths = outputs.map(({ output }) => output)
  try {
    const graph = compileTaps(program, instance.name, paths, format === 'int8' ? { precision: 'int8' } : {})
    const model = inferenceModel(graph, (name) => store.get(name).data, {
      outputs,
      bytes: format === 'int8',
    })
    const types = paths.flatMap((tap) => graph.outputs.get(tap)?.type ?? [])
    const written = format === 'float16' ? inHalf(model) : model
    standardFormat(written)
    return { model: written, types }
  } catch (error) {
    if (!(error instanceof GraphError)) throw error
    throw new DiagnosticError(notInOnnx({ model: instance.name, problem: error.message }))
  }
}
