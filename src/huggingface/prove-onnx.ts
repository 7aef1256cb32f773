/**
 * Written ONNX files run by ONNX Runtime on texts of the run: that the one in float32 says what the model
 * says, and how far those in fewer bits agree with it.
 */
import path from 'node:path'
import type { Feed } from '../backends/onnxruntime/feeds.ts'
import { ModelFile } from '../backends/onnxruntime/model-file.ts'
import type { DataSpec } from '../check/program.ts'
import { planEvaluation } from '../data/batching.ts'
import type { Batch, Example, SplitName } from '../data/dataset.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { libraryMissing } from '../diagnostics/messages/backends.ts'
import { onnxDiffers } from '../diagnostics/messages/onnx.ts'
import { concreteShape, elementCount } from '../graph/type.ts'
import type { HostData, HostTensor } from '../run/runner.ts'
import { type Evaluator, validationSplit } from '../train/evaluate.ts'
import { TensorComparison } from '../train/fidelity.ts'
import type { ProgramData } from '../train/program-data.ts'
import type { WrittenOnnx } from './write-onnx.ts'

/** Texts on which the file is compared with the model, and those on which formats are compared. */
const mostProved = 64
const mostCompared = 1000
/** Examples at once, and numbers that outputs may have together. */
const together = 8
const mostNumbers = 16e6

/** Differences that are rounding, of the largest value: two programs add in other orders. */
const tolerance = 1e-4

/** What says what the model says, and the texts on which it is asked. */
export interface ProofSource {
  readonly model: string
  readonly evaluator: Evaluator
  readonly data: DataSpec
  readonly provider: ProgramData
}

export interface OnnxProof {
  readonly split: SplitName
  /** Examples, and the largest difference on them. */
  readonly proved: number
  readonly difference: number
  /** Examples on which the other formats were compared. */
  readonly compared: number
  /** By file. */
  readonly formats: ReadonlyMap<string, FormatAgreement>
}

export interface FormatAgreement {
  /** The least of the outputs. */
  readonly cosine: number
  /** Share of examples, tokens or ends of spans with the same choice; absent for numbers and states. */
  readonly agreement?: number
}

/**
 * Rejects with E1120 where ONNX Runtime is missing, with E1132 where answers differ, and with E08xx where the
 * data of the run cannot be read.
 */
export async function proveOnnx(
  folder: string,
  written: readonly WrittenOnnx[],
  source: ProofSource,
): Promise<OnnxProof> {
  const files = new Map<WrittenOnnx, ModelFile>()
  try {
    for (const one of written) files.set(one, await open(folder, one))
    const [[whole, exact] = [], ...low] = [...files]
    if (whole === undefined || exact === undefined) throw new Error('no file in float32')
    const { provider, data } = source
    const dataset = provider.dataset(data.name)
    const split = validationSplit(dataset) ?? 'train'
    const examples = dataset.splits.get(split) ?? []
    const proved = examples.slice(0, mostProved)
    const size = batchSize(whole, source)
    const mixed = inOrder(proved.length, size)
    const difference = largestDifference(exact, whole, batchesOf(proved, mixed, source), source)
    const compared = low.length === 0 ? [] : examples.slice(0, mostCompared)
    const padded = planEvaluation(compared, size)
    const formats = agreements(exact, whole, low, batchesOf(compared, padded, source))
    return { split, proved: proved.length, difference, compared: compared.length, formats }
  } finally {
    for (const file of files.values()) file.close()
  }
}

async function open(folder: string, { file, inputs, outputs }: WrittenOnnx): Promise<ModelFile> {
  const names = outputs.map(({ name }) => name)
  try {
    return await ModelFile.open(path.join(folder, file), inputs, names)
  } catch (error) {
    const [missing] = error instanceof DiagnosticError ? error.diagnostics : []
    if (missing?.code !== 'E1120') throw error
    const reason = missing.message.replace(/^backend onnxruntime does not start: /, '')
    const remedy = `${missing.help}; or write the file without running it: --unproved`
    throw new DiagnosticError(libraryMissing({ backend: 'onnxruntime', reason, remedy }))
  }
}

/** Examples at once, so that outputs have not too many numbers. */
function batchSize({ outputs }: WrittenOnnx, { data }: ProofSource): number {
  const longest = { B: 1, L: data.maxLength }
  const numbers = outputs.reduce((sum, { type }) => sum + elementCount(type, longest), 0)
  return Math.max(1, Math.min(together, Math.floor(mostNumbers / numbers)))
}

/** Examples in their own order, so that one batch has texts of several lengths. */
function inOrder(count: number, size: number): readonly Int32Array[] {
  return Array.from({ length: Math.ceil(count / size) }, (_, batch) =>
    Int32Array.from({ length: Math.min(size, count - batch * size) }, (_, i) => batch * size + i),
  )
}

function* batchesOf(
  examples: readonly Example[],
  plan: readonly Int32Array[],
  { data, provider }: ProofSource,
): Iterable<Batch> {
  for (const places of plan) {
    const some = [...places].flatMap((place) => examples[place] ?? [])
    yield provider.batch(data.name, some, { seed: 0, stage: 'evaluation', step: 0 })
  }
}

function largestDifference(
  file: ModelFile,
  written: WrittenOnnx,
  batches: Iterable<Batch>,
  { model, evaluator }: ProofSource,
): number {
  const worst = written.outputs.map(() => ({ difference: 0, largest: 1 }))
  for (const batch of batches) {
    const values = answers(file, written, batch)
    written.outputs.forEach(({ output }, i) => {
      const found = worst[i]
      if (found !== undefined) compare(evaluator.tap(model, output, batch).data, values[i]?.data ?? [], found)
    })
  }
  written.outputs.forEach(({ name }, i) => {
    const { difference = 0, largest = 1 } = worst[i] ?? {}
    if (difference <= tolerance * largest) return
    const [found, most] = [difference, tolerance * largest].map((value) => value.toExponential(1))
    throw new DiagnosticError(
      onnxDiffers({ model, file: written.file, output: name, difference: `${found}`, most: `${most}` }),
    )
  })
  return Math.max(0, ...worst.map(({ difference }) => difference))
}

/** A value that is no number on one side differs by it. */
function compare(
  wanted: HostData,
  got: HostData | readonly number[],
  worst: { difference: number; largest: number },
): void {
  if (wanted.length !== got.length) worst.difference = Number.POSITIVE_INFINITY
  for (let i = 0; i < wanted.length; i++) {
    const [x, y] = [wanted[i] ?? Number.NaN, got[i] ?? Number.NaN]
    const difference = Math.abs(x - y)
    if (!(difference <= worst.difference))
      worst.difference = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference
    worst.largest = Math.max(worst.largest, Math.abs(x))
  }
}

/** By file. */
function agreements(
  exact: ModelFile,
  whole: WrittenOnnx,
  low: readonly (readonly [WrittenOnnx, ModelFile])[],
  batches: Iterable<Batch>,
): Map<string, FormatAgreement> {
  const files = low.map(([one, file]) => ({
    name: one.file,
    file,
    comparisons: whole.outputs.map(() => new TensorComparison()),
  }))
  for (const batch of batches) {
    const wanted = answers(exact, whole, batch)
    for (const { file, comparisons } of files) {
      const got = answers(file, whole, batch)
      whole.outputs.forEach(({ type, name }, i) => {
        const [a, b] = [wanted[i], got[i]]
        const choice = /^(start|end)_logits$/.test(name) ? 'token' : 'class'
        if (a !== undefined && b !== undefined)
          comparisons[i]?.add(a, b, type, batch.inputs.get('attended'), batch.L, choice)
      })
    }
  }
  return new Map(files.map(({ name, comparisons }) => [name, agreementOf(comparisons)]))
}

/** The least of all outputs. */
function agreementOf(comparisons: readonly TensorComparison[]): FormatAgreement {
  const results = comparisons.map(({ result }) => result)
  const shares = results.flatMap(({ agreement }) => agreement ?? [])
  return {
    cosine: Math.min(...results.map(({ cosine }) => cosine)),
    ...(shares.length === 0 ? {} : { agreement: Math.min(...shares) }),
  }
}

/** What a file gives for a batch, output by output. */
function answers(
  file: ModelFile,
  { outputs }: Pick<WrittenOnnx, 'outputs'>,
  { B, L, inputs }: Pick<Batch, 'B' | 'L' | 'inputs'>,
): HostTensor[] {
  const feed = (name: string): Feed => {
    const { data = [], shape = [] } = inputs.get(name) ?? {}
    return { type: 'i64', data: BigInt64Array.from(data, BigInt), shape }
  }
  const feeds = new Map([
    ['input_ids', feed('tokens')],
    ['attention_mask', feed('attended')],
    ['token_type_ids', feed('segments')],
  ])
  const shapes = outputs.map(({ type, column }) => [
    ...concreteShape(type, { B, L }),
    ...(column === true ? [1] : []),
  ])
  return file.run(feeds, shapes)
}
