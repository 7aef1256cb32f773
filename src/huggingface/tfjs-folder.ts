/**
 * A trained model as a folder that `tf.loadGraphModel` reads: model.json, shards of weights, and
 * tokenizer.json. For a model of any architecture.
 */
import path from 'node:path'
import { headOutputs } from '../check/head-outputs.ts'
import type { ModelInstance, Program } from '../check/program.ts'
import type { Tokenizer } from '../data/tokenizer/tokenizer.ts'
import { writeAtomically } from '../disk/atomic-write.ts'
import { compileTaps } from '../lower/stage.ts'
import { type GraphModel, type GraphNode, graphModel, type ModelWeight } from '../tfjs/graph-model.ts'
import type { ParameterStore } from '../train/parameters.ts'
import { PartialFolder } from '../weights/partial-folder.ts'
import { refused } from './describe.ts'
import { answerOutputs, statesTap } from './file-outputs.ts'
import { tokenizerFiles } from './tokenizer-files.ts'

export interface TfjsRequest {
  readonly to: string
  readonly program: Program
  readonly instance: ModelInstance
  /** Absent: all. */
  readonly head?: string | undefined
  readonly store: ParameterStore
  readonly tokenizer: Tokenizer
  readonly labels: readonly string[] | undefined
  readonly maxLength: number
  /** Of this program. */
  readonly version: string
}

/** Bytes of a shard, as browsers cache them. */
const shardSize = 4 * 2 ** 20
const isShard = /^group1-shard\d+of\d+\.bin$/

const inputNames = { tokens: 'input_ids', attended: 'attention_mask', segments: 'token_type_ids' }

/**
 * Writes the folder, or nothing of it, and gives the names of the outputs.
 * @throws DiagnosticError E0931 where the model has neither head nor states, E0907 where a file cannot be
 * written
 */
export function exportTfjs(request: TfjsRequest): string[] {
  const { to, program, instance, store, tokenizer, maxLength } = request
  const outputs = outputsOf(instance, request.head)
  const graph = compileTaps(program, instance.name, [...outputs.keys()])
  const model = graphModel(graph, { weights: (key) => store.get(key), inputs: inputNames, outputs })
  const inputs = model.nodes.flatMap(({ op, name }) => (op === 'Placeholder' ? [name] : []))
  const reading = { model_max_length: maxLength, model_input_names: inputs }
  const partial = new PartialFolder(to)
  const write = (name: string, content: string | Uint8Array): void =>
    writeAtomically(path.join(partial.path, name), [Buffer.from(content)])
  try {
    const bytes = Buffer.concat(
      model.weights.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
    )
    const count = Math.max(1, Math.ceil(bytes.length / shardSize))
    const shards = Array.from({ length: count }, (_, k) => `group1-shard${k + 1}of${count}.bin`)
    for (const [k, name] of shards.entries()) write(name, bytes.subarray(k * shardSize, (k + 1) * shardSize))
    for (const [name, content] of tokenizerFiles(tokenizer, reading))
      if (name === 'tokenizer.json') write(name, content)
    write('model.json', `${JSON.stringify(topology(model, shards, request, [...outputs.values()]))}\n`)
    partial.settle((file) => isShard.test(file))
  } finally {
    partial.discard()
  }
  return [...outputs.values()]
}

/** Names by tap: `logits` of the only head, `HEAD.logits` of several, `last_hidden_state` without any. */
function outputsOf(instance: ModelInstance, head: string | undefined): ReadonlyMap<string, string> {
  const answers = headOutputs(instance).filter((output) => head === undefined || output.head === head)
  const named = answers.flatMap((output) => {
    const prefix = answers.length > 1 ? `${output.head}.` : ''
    return answerOutputs(output).map(({ output: tap, name }) => [tap, `${prefix}${name}`] as const)
  })
  if (named.length > 0) return new Map(named)
  const last = statesTap(instance)
  if (head !== undefined) throw refused(instance, `its head ${head} gives no answer`)
  if (last === undefined) throw refused(instance, 'it has neither a head nor states of tokens')
  return new Map([[last, 'last_hidden_state']])
}

/** model.json, as TensorFlow's converter writes it. */
function topology(
  { nodes, weights }: GraphModel,
  shards: readonly string[],
  { instance, labels, version }: TfjsRequest,
  outputs: readonly string[],
): unknown {
  const tensor = ({ name, attr }: GraphNode): [string, unknown] => [
    name,
    {
      name: `${name}:0`,
      dtype: 'DT_INT32',
      ...(attr.shape === undefined ? {} : { tensorShape: { dim: [{ size: '-1' }, { size: '-1' }] } }),
    },
  ]
  const inputs = nodes.filter(({ op }) => op === 'Placeholder').map(tensor)
  return {
    format: 'graph-model',
    generatedBy: `distill ${version}`,
    convertedBy: `distill ${version}`,
    signature: {
      inputs: Object.fromEntries(inputs),
      outputs: Object.fromEntries(outputs.map((name) => [name, { name: `${name}:0`, dtype: 'DT_FLOAT' }])),
    },
    userDefinedMetadata: { model: instance.name, ...(labels === undefined ? {} : { labels }) },
    modelTopology: { node: nodes, library: {}, versions: {} },
    weightsManifest: [
      {
        paths: shards,
        weights: weights.map(({ name, shape, dtype }: ModelWeight) => ({ name, shape, dtype })),
      },
    ],
  }
}
