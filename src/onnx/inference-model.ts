/**
 * The forward pass of a model as programs that run ONNX files know it: ids and a mask go in, as tokenizers
 * give them, and what a head says comes out. Operators are those of the standard.
 */
import { Builder } from '../graph/build.ts'
import { type Graph, GraphError, type Node, type Size } from '../graph/graph.ts'
import { ops } from '../graph/ops/index.ts'
import { inBytes, lookupInBytes } from './bytes.ts'
import type { OnnxGraph } from './onnx-graph.ts'
import { dataTypes, type OnnxModel, type OnnxValue } from './protobuf.ts'
import { type Extension, translate } from './translate.ts'

/** An output of the graph under the name that programs look for. */
export interface NamedOutput {
  /** Of the graph. */
  readonly output: string
  /** `logits` */
  readonly name: string
  /** A number for each example becomes a row of one. */
  readonly column?: boolean
}

export interface InferenceOptions {
  readonly outputs: readonly NamedOutput[]
  /** Whether weights are stored in 8 bits. The graph has its products in int8 then. */
  readonly bytes?: boolean
}

/** Inputs in the order of tokenizers; the last one only where the graph reads segments. */
const inferenceInputs = ['input_ids', 'attention_mask', 'token_type_ids'] as const
type InferenceInput = (typeof inferenceInputs)[number]

/** Names of the axes that a batch decides. */
const batchAxes: { readonly [symbol: string]: string } = { B: 'batch_size', L: 'sequence_length' }

/** Of a usual batch: it decides nothing here. */
const usualSizes = { B: 1, L: 128 }

/**
 * `weights` gives those of a parameter. Throws GraphError for an op that standard operators do not compute,
 * and for an input that no tokenizer gives.
 */
export function inferenceModel(
  graph: Graph,
  weights: (parameter: string) => Float32Array,
  { outputs, bytes = false }: InferenceOptions,
): OnnxModel {
  const extension: Extension = {
    size: (onnx, symbol) => sizeOf(onnx, symbol),
    input: (onnx, name) => inputs[name]?.(onnx),
    ...(bytes ? { operators: { lookup: lookupInBytes } } : {}),
  }
  const { model, inputs: others } = translate(named(graph, outputs), {
    held: weights,
    sizes: usualSizes,
    extension,
  })
  if (others.length > 0) throw new GraphError(`it reads ${others.join(' and ')}, which no text has`)
  return withInputs(bytes ? inBytes(model) : model)
}

/** The graph with its outputs as they are to be named. */
function named({ name, nodes, outputs: all, ...rest }: Graph, outputs: readonly NamedOutput[]): Graph {
  const builder = Builder.from({ name, nodes, outputs: all, ...rest }, ops)
  const chosen = outputs.map(({ output, name: as, column }): [string, Node] => {
    const node = all.get(output)
    if (node === undefined) throw new GraphError(`onnx: the graph has no output ${output}`)
    if (column !== true) return [as, node]
    return [as, builder.add('broadcast', [node], { dimensions: [{ axis: 'class', size: 1 }] })]
  })
  return builder.finish(name, new Map(chosen))
}

function given(onnx: OnnxGraph, name: InferenceInput): string {
  return onnx.input(name, 'i64', ['B', 'L'])
}

/** Inputs of the graph from those of the model. */
const inputs: { readonly [name: string]: ((onnx: OnnxGraph) => string) | undefined } = {
  tokens: (onnx) => onnx.node('Cast', [given(onnx, 'input_ids')], { to: dataTypes.i32 }),
  segments: (onnx) => onnx.node('Cast', [given(onnx, 'token_type_ids')], { to: dataTypes.i32 }),
  attended: (onnx) => onnx.node('Cast', [given(onnx, 'attention_mask')], { to: dataTypes.bool }),
  places: (onnx) => {
    const length = onnx.node('Squeeze', [sizeOf(onnx, 'L') ?? '', onnx.ints([0])])
    const places = onnx.node('Range', [onnx.int64(0), length, onnx.int64(1)])
    return onnx.node('Cast', [places], { to: dataTypes.i32 })
  },
}

function sizeOf(onnx: OnnxGraph, symbol: string): string | undefined {
  const place = ['B', 'L'].indexOf(symbol)
  if (place < 0) return undefined
  return onnx.node('Gather', [onnx.node('Shape', [given(onnx, 'input_ids')]), onnx.ints([place])], {
    axis: 0,
  })
}

/** Inputs in their order: ids and mask are there also where nothing reads them. */
function withInputs(model: OnnxModel): OnnxModel {
  const read = new Set(model.inputs.map(({ name }) => name))
  const wanted = inferenceInputs.filter((name) => name !== 'token_type_ids' || read.has(name))
  const shape = (sizes: readonly (number | string)[]) => sizes.map((size) => batchAxes[size] ?? size)
  const both: readonly Size[] = ['B', 'L']
  return {
    ...model,
    inputs: wanted.map((name): OnnxValue => ({ name, dtype: 'i64', shape: shape(both) })),
    outputs: model.outputs.map((output) => ({ ...output, shape: shape(output.shape) })),
  }
}
