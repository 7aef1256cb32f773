/**
 * Makes batches of examples. The order of an epoch depends only on seed, stage and epoch, so a resumed run
 * continues at the same place. Host tensors are padded only as far as their batch needs.
 */

import type { MaskingSpec } from '../check/example-specs.ts'
import type { DataSpec } from '../check/program.ts'
import type { HostTensor } from '../run/runner.ts'
import type { Batch, Example, Vocabulary } from './dataset.ts'
import { type MaskingKey, maskTokens } from './masking.ts'
import { shuffled, uniform } from './random.ts'

export interface EpochOptions {
  /** Examples in each batch. */
  readonly batch: number
  readonly seed: number
  readonly stage: string
  readonly epoch: number
  /** `length`: the examples of a batch have similar lengths, to need little padding. */
  readonly group: 'length' | 'none'
  /**
   * `drop`: the last examples, which do not fill a batch, are left out of this epoch. Absent: they form a
   * smaller batch.
   */
  readonly partial?: 'drop'
}

/**
 * Number of batches whose examples are sorted by length together: enough for little padding, few enough to
 * stay random.
 */
const batchesSortedTogether = 50

/**
 * The batches of an epoch, each as indices into `examples`. A place in a run is (epoch, index of the batch):
 * to resume, plan the same epoch and continue at the index. Grouped by length: examples are shuffled, sorted
 * within every 50 batches, and the batches shuffled.
 */
export function planEpoch(examples: readonly Example[], options: EpochOptions): readonly Int32Array[] {
  const { batch, seed, stage, epoch } = options
  const all = shuffled(examples.length, uniform(seed, stage, 'order of examples'), epoch)
  // Examples are left out at random. Otherwise they would be the longest of the last group that is sorted.
  const order = options.partial === 'drop' ? all.subarray(0, all.length - (all.length % batch)) : all
  if (options.group === 'length') sortWithin(order, examples, batch * batchesSortedTogether)
  const batches: Int32Array[] = []
  for (let at = 0; at < order.length; at += batch) batches.push(order.subarray(at, at + batch))
  if (options.group === 'none') return batches
  const orderOfBatches = shuffled(batches.length, uniform(seed, stage, 'order of batches'), epoch)
  return Array.from(orderOfBatches, (i) => batches[i] ?? new Int32Array(0))
}

function sortWithin(order: Int32Array, examples: readonly Example[], size: number): void {
  const lengthOf = (i: number): number => examples[i]?.tokens.length ?? 0
  for (let at = 0; at < order.length; at += size) {
    // A stable sort, so examples of equal length stay shuffled.
    order.set(
      Array.from(order.subarray(at, at + size)).sort((a, b) => lengthOf(a) - lengthOf(b)),
      at,
    )
  }
}

/** All examples for evaluation: not shuffled, and sorted by length if that needs less padding. */
export function planEvaluation(examples: readonly Example[], batch: number): readonly Int32Array[] {
  const order = Int32Array.from(examples, (_, i) => i)
  sortWithin(order, examples, examples.length)
  const batches: Int32Array[] = []
  for (let at = 0; at < order.length; at += batch) batches.push(order.subarray(at, at + batch))
  return batches
}

export interface BatchOptions {
  readonly pad: 'longest' | 'max_length'
  readonly maxLength: number
  /** Whether `label` is a class (`batch.label` i32) or a number (f32); absent: no label in the batch. */
  readonly label?: 'class' | 'number'
  readonly masking?: MaskingSpec
  /** Number of occurrences of each piece in the training text, by id. Used by masking with `smoothing`. */
  readonly counts?: ArrayLike<number>
  /** The random key of masks; required with `masking`. */
  readonly key?: MaskingKey
}

/** The batch options of a data block. */
export function batchOptions(spec: DataSpec): BatchOptions {
  const kind = spec.label?.kind
  const label = kind === 'class' || kind === 'number' ? kind : undefined
  return {
    pad: spec.pad,
    maxLength: spec.maxLength,
    ...(label === undefined ? {} : { label }),
    ...(spec.mask === undefined ? {} : { masking: spec.mask }),
  }
}

/**
 * Examples as one batch: i32 and bool [B, L], padded with [PAD] to the longest example, or to `maxLength` as
 * in published code. With `masking`, pieces of `tokens` are masked, and `masked` marks their places.
 * `batch.original` has the original pieces there and -100 elsewhere.
 */
export function makeBatch(
  examples: readonly Example[],
  vocabulary: Vocabulary,
  options: BatchOptions,
): Batch {
  const B = examples.length
  const longest = examples.reduce((most, example) => Math.max(most, example.tokens.length), 1)
  const L = options.pad === 'max_length' ? Math.max(longest, options.maxLength) : longest
  const tokens = new Int32Array(B * L).fill(vocabulary.padding)
  const segments = new Int32Array(B * L)
  const attended = new Uint8Array(B * L)
  const firstPiece = new Uint8Array(B * L)
  for (const [row, example] of examples.entries()) {
    tokens.set(example.tokens, row * L)
    segments.set(example.segments, row * L)
    attended.fill(1, row * L, row * L + example.tokens.length)
    firstPiece.set(example.firstPiece, row * L)
  }
  const inputs = new Map<string, HostTensor>([
    ['tokens', { dtype: 'i32', shape: [B, L], data: tokens }],
    ['segments', { dtype: 'i32', shape: [B, L], data: segments }],
    ['places', { dtype: 'i32', shape: [L], data: Int32Array.from({ length: L }, (_, i) => i) }],
    ['attended', { dtype: 'bool', shape: [B, L], data: attended }],
    ['first_piece', { dtype: 'bool', shape: [B, L], data: firstPiece }],
    ['sample', { dtype: 'i32', shape: [B], data: Int32Array.from(examples, (example) => example.id) }],
  ])
  if (options.label !== undefined) inputs.set('batch.label', labels(examples, options.label))
  if (examples.some((example) => example.order !== undefined)) {
    const order = Int32Array.from(examples, (example) => example.order ?? -100)
    inputs.set('batch.order', { dtype: 'i32', shape: [B], data: order })
  }
  if (examples.some((example) => example.tags !== undefined)) {
    const tags = new Int32Array(B * L).fill(-100)
    for (const [row, example] of examples.entries()) if (example.tags) tags.set(example.tags, row * L)
    inputs.set('batch.tags', { dtype: 'i32', shape: [B, L], data: tags })
  }
  if (examples.some(({ window }) => window?.start !== undefined)) {
    const [start, end] = (['start', 'end'] as const).map((side) =>
      Int32Array.from(examples, ({ window }) => window?.[side] ?? -100),
    )
    inputs.set('batch.start', { dtype: 'i32', shape: [B], data: start ?? new Int32Array(B) })
    inputs.set('batch.end', { dtype: 'i32', shape: [B], data: end ?? new Int32Array(B) })
  }
  if (options.masking !== undefined && options.key !== undefined) {
    const { masked, original } = maskTokens(examples, tokens, L, vocabulary, {
      masking: options.masking,
      key: options.key,
      ...(options.counts === undefined ? {} : { counts: options.counts }),
    })
    inputs.set('batch.original', { dtype: 'i32', shape: [B, L], data: original })
    inputs.set('masked', { dtype: 'bool', shape: [B, L], data: masked })
  }
  const liveTokens = examples.reduce((sum, example) => sum + example.tokens.length, 0)
  return { B, L, inputs, liveTokens, examples }
}

/** A missing class is -100, which losses skip. A missing number is NaN, which makes every loss NaN. */
function labels(examples: readonly Example[], kind: 'class' | 'number'): HostTensor {
  const shape = [examples.length]
  if (kind === 'class') {
    return { dtype: 'i32', shape, data: Int32Array.from(examples, (example) => example.label ?? -100) }
  }
  return { dtype: 'f32', shape, data: Float32Array.from(examples, (example) => example.label ?? Number.NaN) }
}

/**
 * Splits a batch into micro-batches of `size` examples. Each is padded to its own longest example, or as the
 * batch if `pad` is `max_length`. Masks stay as drawn for the complete batch. Only the tensors are needed, so
 * any batch can be split.
 */
export function splitMicrobatches(
  batch: Batch,
  size: number,
  pad: 'longest' | 'max_length' = 'longest',
): readonly Batch[] {
  if (size >= batch.B && pad === 'max_length') return [batch]
  const count = Math.ceil(batch.B / size)
  return cutBatch(
    batch,
    Array.from({ length: count }, (_, k) => Math.min(batch.B, (k + 1) * size)),
    pad,
  )
}

/** The same for micro-batches of several sizes. `ends`: the example behind the last one of each, in order. */
export function cutBatch(
  batch: Batch,
  ends: readonly number[],
  pad: 'longest' | 'max_length' = 'longest',
): readonly Batch[] {
  const attended = batch.inputs.get('attended')
  const parts: Batch[] = []
  for (const [k, to] of ends.entries()) {
    const from = ends[k - 1] ?? 0
    const live = attended === undefined ? undefined : measure(attended, from, to, batch.L)
    const L = pad === 'max_length' || live === undefined ? batch.L : Math.max(1, live.longest)
    const inputs = new Map<string, HostTensor>()
    for (const [name, tensor] of batch.inputs) inputs.set(name, cut(name, tensor, from, to, batch.L, L))
    const liveTokens = live?.count ?? (to - from) * L
    parts.push({ B: to - from, L, inputs, liveTokens, examples: batch.examples.slice(from, to) })
  }
  return parts
}

/** The last live position of the rows `from` to `to`, counted from 1, and the number of live positions. */
function measure(
  { data }: HostTensor,
  from: number,
  to: number,
  L: number,
): { longest: number; count: number } {
  let longest = 0
  let count = 0
  for (let row = from; row < to; row++) {
    for (let i = 0; i < L; i++) {
      if (data[row * L + i] === 0) continue
      count++
      longest = Math.max(longest, i + 1)
    }
  }
  return { longest, count }
}

function cut(
  name: string,
  tensor: HostTensor,
  from: number,
  to: number,
  L: number,
  newL: number,
): HostTensor {
  if (name === 'places') return { ...tensor, shape: [newL], data: tensor.data.slice(0, newL) }
  if (tensor.shape.length === 1) return { ...tensor, shape: [to - from], data: tensor.data.slice(from, to) }
  const data = tensor.data.slice(from * L, from * L + (to - from) * newL)
  for (let row = from; row < to; row++) {
    data.set(tensor.data.subarray(row * L, row * L + newL), (row - from) * newL)
  }
  return { ...tensor, shape: [to - from, newL], data }
}
