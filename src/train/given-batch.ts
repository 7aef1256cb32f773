/**
 * A batch from a safetensors file, with the names of inputs in Hugging Face's models: `distill step` reads
 * the same batch as another framework.
 */
import type { Batch } from '../data/dataset.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { missingBatchInput } from '../diagnostics/messages/weights.ts'
import type { DType, Graph } from '../graph/graph.ts'
import { concreteSize } from '../graph/type.ts'
import type { StageGraphs } from '../lower/stage.ts'
import type { HostTensor } from '../run/runner.ts'
import { readSafetensors, type WeightTensor } from '../weights/safetensors.ts'
import { requireRanges } from './batch-ranges.ts'

/**
 * Hugging Face's names -> the compiler's. `labels` are classes or numbers if there is one for each example,
 * and tags if there is one for each token.
 */
const names: Record<string, string> = {
  input_ids: 'tokens',
  attention_mask: 'attended',
  token_type_ids: 'segments',
  mlm_labels: 'batch.original',
  start_positions: 'batch.start',
  end_positions: 'batch.end',
  sentence_order_label: 'batch.order',
  next_sentence_label: 'batch.order',
  first_piece: 'first_piece',
  tags: 'batch.tags',
}

/** Computed from the others or by the trainer; never read from a file. */
const derived =
  /^(places|sample|masked|segments|attended|first_piece|progress|step|epoch|normaliser\[\d+\]|positions\.\w+)$/

/**
 * Reads a batch and returns every input that the step reads. Without `attention_mask` all positions count;
 * without `token_type_ids` all segments are 0.
 * @throws DiagnosticError E0920 for an input that the file lacks or that has a wrong shape; E0971 for ids and
 * labels out of range
 */
export function readGivenBatch(
  path: string,
  { step, written }: Pick<StageGraphs, 'step' | 'written'>,
): Batch {
  const tensors = readSafetensors(path)
  const present = [...tensors.keys()]
  const tokens = tensors.get('input_ids') ?? tensors.get('tokens')
  const [B, L] = tokens?.shape ?? []
  if (!tokens || B === undefined || L === undefined) {
    throw new DiagnosticError(missingBatchInput({ path, wanted: 'input_ids [examples, tokens]', present }))
  }
  const inputs = new Map<string, HostTensor>()
  const fileNames = new Map<string, string>()
  for (const [name, tensor] of tensors) {
    const ours = name === 'labels' ? labelName(tensor) : (names[name] ?? name)
    const kind =
      ours === 'attended' || ours === 'first_piece'
        ? 'bool'
        : tensor.data instanceof Float32Array
          ? 'f32'
          : 'i32'
    inputs.set(ours, convert(tensor, kind))
    fileNames.set(ours, name)
  }
  const whole = (shape: number[], value: (i: number) => number): HostTensor => ({
    dtype: 'i32',
    shape,
    data: Int32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => value(i)),
  })
  const ones: HostTensor = { dtype: 'bool', shape: [B, L], data: new Uint8Array(B * L).fill(1) }
  if (!inputs.has('attended')) inputs.set('attended', ones)
  if (!inputs.has('first_piece')) inputs.set('first_piece', ones)
  if (!inputs.has('segments'))
    inputs.set(
      'segments',
      whole([B, L], () => 0),
    )
  inputs.set(
    'places',
    whole([L], (i) => i),
  )
  inputs.set(
    'sample',
    whole([B], (i) => i),
  )
  const original = inputs.get('batch.original')
  if (original) {
    inputs.set('masked', {
      dtype: 'bool',
      shape: [B, L],
      data: Uint8Array.from(original.data, (id) => (id >= 0 ? 1 : 0)),
    })
  }
  check(path, step, inputs, { B, L }, present)
  requireRanges(written, {
    path,
    sizes: { B, L },
    inputs,
    nameInFile: (input) => fileNames.get(input) ?? input,
  })
  const attended = inputs.get('attended')?.data ?? []
  let liveTokens = 0
  for (const live of attended) liveTokens += live
  return { B, L, inputs, liveTokens, examples: [] }
}

function labelName(tensor: WeightTensor): string {
  return tensor.shape.length > 1 ? 'batch.tags' : 'batch.label'
}

function convert({ shape, data }: WeightTensor, dtype: DType): HostTensor {
  if (dtype === 'bool') return { dtype, shape, data: Uint8Array.from(data, (x) => (x === 0 ? 0 : 1)) }
  return { dtype, shape, data: dtype === 'i32' ? Int32Array.from(data) : Float32Array.from(data) }
}

/** Checks that every leaf of the graph is there, with its type and shape. */
function check(
  path: string,
  graph: Graph,
  inputs: Map<string, HostTensor>,
  sizes: { B: number; L: number },
  present: readonly string[],
): void {
  for (const node of graph.nodes) {
    if (node.op !== 'input') continue
    const name = String(node.attributes.name)
    const given = inputs.get(name)
    const shape = node.type.dimensions.map(({ size }) => concreteSize(size, sizes))
    if (!given) {
      if (derived.test(name)) continue
      const theirs =
        Object.entries(names).find(([, ours]) => ours === name)?.[0] ??
        (name === 'batch.label' ? 'labels' : name)
      throw new DiagnosticError(
        missingBatchInput({ path, wanted: `${theirs} [${shape.join(', ')}]`, present }),
      )
    }
    if (given.shape.join() !== shape.join()) {
      throw new DiagnosticError(
        missingBatchInput({
          path,
          wanted: `${name} as [${shape.join(', ')}], not [${given.shape.join(', ')}]`,
          present,
        }),
      )
    }
    // Labels may be stored as integers for a loss that reads numbers, and the reverse.
    if (given.dtype !== node.type.dtype)
      inputs.set(
        name,
        convert({ dtype: 'F32', shape: given.shape, data: Float32Array.from(given.data) }, node.type.dtype),
      )
  }
}
