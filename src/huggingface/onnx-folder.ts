/**
 * A folder with ONNX files that transformers.js reads. What makes it a folder of transformers too stands
 * beside them where a class of transformers computes the model; else config.json says what transformers.js
 * needs.
 */
import { rmSync } from 'node:fs'
import path from 'node:path'
import type { DataSpec } from '../check/program.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { fileText } from '../files/regular-file.ts'
import { formatBytes, formatShare } from '../train/format.ts'
import { PartialFolder } from '../weights/partial-folder.ts'
import { type CardFacts, keptScores, modelCard } from './card/model-card.ts'
import { comparedModel } from './card/origins.ts'
import { labelConfig, rowsOfEmbedding } from './describe.ts'
import { isExported } from './earlier-export.ts'
import { type ExportRequest, readingOf, writeClass, writeText } from './export.ts'
import type { FileOutputs } from './file-outputs.ts'
import { type OnnxProof, type ProofSource, proveOnnx } from './prove-onnx.ts'
import { tokenizerFiles } from './tokenizer-files.ts'
import { type OnnxFormat, type WrittenOnnx, writeOnnx } from './write-onnx.ts'

export interface OnnxFolderRequest extends ExportRequest {
  readonly data: DataSpec
  readonly gives: FileOutputs
  readonly formats: readonly Exclude<OnnxFormat, 'float32'>[]
  /** What a file is compared with; absent: it is not run. */
  readonly proof?: ProofSource
  /** Of the run's spec. */
  readonly specHash: string
}

export interface ExportedOnnx {
  /** Absent where no class of transformers computes the model, with the reason among the notes. */
  readonly modelClass?: string
  readonly notes: readonly string[]
  /** A line for each file. */
  readonly files: readonly (readonly [file: string, text: string])[]
}

/**
 * Writes all folders or none. Rejects with E1131 for what ONNX cannot say, with E1120 and E1132 as
 * `proveOnnx`, and with E0907 where a folder cannot be written.
 */
export async function exportOnnxModels(requests: readonly OnnxFolderRequest[]): Promise<ExportedOnnx[]> {
  const folders = requests.map((request) => ({ request, partial: new PartialFolder(request.to) }))
  try {
    const done: ExportedOnnx[] = []
    for (const { request, partial } of folders) done.push(await writeFolder(request, partial.path))
    for (const { partial } of folders) partial.settle(isExported)
    return done
  } finally {
    for (const { partial } of folders) partial.discard()
  }
}

async function writeFolder(request: OnnxFolderRequest, folder: string): Promise<ExportedOnnx> {
  const { facts, notes } = asClass(request, folder)
  const { modelClass } = facts
  const inside = path.join(folder, 'onnx')
  const { outputs } = request.gives
  const { version } = request.card
  const written = writeOnnx({ ...request, outputs, metadata: metadataOf(request), version }, inside)
  if (modelClass === undefined) writePlain(request, written, folder)
  const proof = request.proof && (await proveOnnx(inside, written, request.proof))
  const files = written.map((one) => [one.file, textOf(one, written, proof)] as const)
  addBrowserSettings(path.join(folder, 'config.json'), written)
  writeText(path.join(folder, 'README.md'), modelCard({ ...facts, onnx: files }))
  return { ...(modelClass === undefined ? {} : { modelClass }), notes, files }
}

interface ClassPart {
  readonly notes: readonly string[]
  readonly facts: CardFacts
}

/** The files of a class of transformers, where one computes the model. */
function asClass(request: OnnxFolderRequest, folder: string): ClassPart {
  try {
    return writeClass(request, folder)
  } catch (error) {
    const [first] = error instanceof DiagnosticError ? error.diagnostics : []
    if (first?.code !== 'E0931' || request.wanted?.modelClass !== undefined) throw error
    rmSync(folder, { recursive: true, force: true })
    const { instance, card, gives } = request
    const reason = first.message.replace(/^.* cannot be exported: /, '')
    const notes = [
      `no class of transformers computes ${instance.name}, so the folder is for ONNX alone: ${reason}`,
    ]
    const { name: model, parameters } = comparedModel(instance)
    return { notes, facts: { ...card, model, parameters, known: false, answers: gives.answers, notes } }
  }
}

/**
 * What transformers.js reads beside an ONNX file. It knows models by `model_type`, and of BERT's classes it
 * expects nothing but the names of inputs and outputs.
 */
function writePlain(
  { instance, tokenizer, data, labels, gives }: OnnxFolderRequest,
  [first]: readonly WrittenOnnx[],
  folder: string,
): void {
  const { vocabulary } = tokenizer
  const positions = instance.settings.get('positions') ?? data.maxLength
  const { head } = gives
  const named = head?.kind === 'class' || head?.kind === 'tags' || head?.kind === 'number'
  const config = {
    model_type: 'bert',
    architectures: [gives.modelClass],
    vocab_size: rowsOfEmbedding(instance) ?? vocabulary.pieces.length,
    max_position_embeddings: positions,
    pad_token_id: vocabulary.padding,
    ...(head?.kind === 'number' ? { problem_type: 'regression' } : {}),
    ...(named ? labelConfig(head.classes, labels) : {}),
  }
  writeText(path.join(folder, 'config.json'), `${JSON.stringify(config, null, 2)}\n`)
  const reading = readingOf(positions, first?.inputs.includes('token_type_ids') === true)
  for (const [name, text] of tokenizerFiles(tokenizer, reading)) writeText(path.join(folder, name), text)
}

/**
 * transformers.js takes `model_quantized.onnx` in a browser unless another one is set, and does not
 * look for files beside a model.
 */
function addBrowserSettings(file: string, written: readonly WrittenOnnx[]): void {
  // by the number of files
  const beside = written.flatMap(({ file: name, external }) => (external ? [[name, 1] as const] : []))
  const settings = {
    ...(written.some(({ format }) => format === 'int8') ? {} : { dtype: 'fp32' }),
    ...(beside.length > 0 ? { use_external_data_format: Object.fromEntries(beside) } : {}),
  }
  if (Object.keys(settings).length === 0) return
  const config: unknown = JSON.parse(fileText(file))
  if (typeof config !== 'object' || config === null) throw new Error(`${file} holds no object`)
  writeText(file, `${JSON.stringify({ ...config, 'transformers.js_config': settings }, null, 2)}\n`)
}

function metadataOf({
  instance,
  card,
  gives,
  labels,
  specHash,
}: OnnxFolderRequest): ReadonlyMap<string, string> {
  const scores = keptScores(card.log).filter(({ model }) => model === instance.name)
  return new Map([
    ['spec', card.spec],
    ['spec_hash', specHash],
    ['model', instance.name],
    ...(gives.head === undefined ? [] : [['head', gives.head.head] as const]),
    ...(labels === undefined ? [] : [['labels', JSON.stringify(labels)] as const]),
    ...scores.map(
      ({ data, split, metrics }) => [`metrics ${data} ${split}`, JSON.stringify(metrics)] as const,
    ),
  ])
}

const formatNames: { readonly [format in OnnxFormat]: string } = {
  float32: 'float32',
  int8: 'weights in 8 bits',
  float16: 'float16',
}

/** `float32, 12.3 MB, opset 20; 64 texts of validation: as predict, to 3e-7` */
function textOf(
  { format, file, bytes, opset }: WrittenOnnx,
  [whole]: readonly WrittenOnnx[],
  proof: OnnxProof | undefined,
): string {
  const part = format === 'float32' || !whole ? '' : ` (${formatShare(bytes / whole.bytes)})`
  const start = `${formatNames[format]}, ${formatBytes(bytes)}${part}, opset ${opset}`
  if (proof === undefined) return `${start}; not compared with the model`
  if (format === 'float32')
    return `${start}; as predict on ${proof.proved} texts of ${proof.split}, to ${proof.difference.toExponential(1)}`
  const { cosine = Number.NaN, agreement } = proof.formats.get(file) ?? {}
  const same = agreement === undefined ? '' : `, predictions agree ${formatShare(agreement)}`
  return `${start}; against float32 on ${proof.compared} texts of ${proof.split}: cosine ${cosine.toFixed(4)}${same}`
}
