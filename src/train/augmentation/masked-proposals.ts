/**
 * The predictions of a masked language model in place of words. Each word of one piece is masked by itself,
 * as in TinyBERT's published program, and the most likely pieces are read. Texts are processed in batches of
 * similar lengths, in an order that depends on the texts alone.
 */
import { createHash } from 'node:crypto'
import type { ModelInstance } from '../../check/program.ts'
import type { PlacedText } from '../../data/augmentation/placed-words.ts'
import { makeBatch } from '../../data/batching.ts'
import type { Batch, Example, Vocabulary } from '../../data/dataset.ts'
import { assemble } from '../../data/encode.ts'
import type { Tokenizer } from '../../data/tokenizer/tokenizer.ts'
import type { Graph } from '../../graph/graph.ts'
import { graphIdentity } from '../../graph/identity.ts'
import { leafName } from '../../graph/leaf.ts'
import { positionsOf } from '../../run/positions.ts'
import type { HostTensor, Runner } from '../../run/runner.ts'
import { largest } from '../largest.ts'
import type { ParameterStore } from '../parameters.ts'

export interface ProposerOptions {
  readonly instance: ModelInstance
  readonly graph: Graph
  /** Its output: [position, class] at masked positions, or, with `everyPosition`, [example, token, class]. */
  readonly output: string
  readonly everyPosition: boolean
  /** Numbers in each row. */
  readonly classes: number
  readonly runner: Runner
  readonly store: ParameterStore
  readonly tokenizer: Tokenizer
  /** Largest number of tokens of the data, [CLS] and [SEP] included. */
  readonly maxLength: number
  readonly candidates: number
  readonly besideOriginal: boolean
}

/** A word to mask: its text, and its piece. */
interface Request {
  readonly text: number
  readonly piece: number
}

/** The positions of BERT. Models that declare another number have that. */
const usualPositions = 512
const [mostExamples, mostTokens, mostNumbers] = [256, 4096, 8e6]

export class MaskedProposals {
  /** The masked words of each batch. */
  readonly batches: readonly (readonly Request[])[]
  private readonly options: ProposerOptions
  private readonly texts: readonly PlacedText[]
  private readonly limit: number
  private readonly secondSegment: number

  constructor(texts: readonly PlacedText[], options: ProposerOptions) {
    this.texts = texts
    this.options = options
    const { settings } = options.instance
    this.limit = settings.get('positions') ?? usualPositions
    this.secondSegment = (settings.get('types') ?? 2) > 1 ? 1 : 0
    const requests = texts.flatMap((text, index) =>
      text.words.flatMap(({ piece }) =>
        piece !== undefined && piece < this.room(text) ? [{ text: index, piece }] : [],
      ),
    )
    this.batches = this.cut(requests)
  }

  get count(): number {
    return this.batches.reduce((sum, batch) => sum + batch.length, 0)
  }

  /** Ids of the most likely pieces for each word of a batch, `candidates` each, the most likely first. */
  propose(requests: readonly Request[]): Float32Array {
    const { runner, graph, store, output, everyPosition, classes, candidates } = this.options
    const batch = this.batch(requests)
    const positions = positionsOf(batch.inputs, batch)
    const values = runner.run(graph, {
      sizes: positions.sizes,
      inputs: new Map([...batch.inputs, ...positions.inputs]),
      parameter: store.get,
      random: { seed: 0, stage: 'evaluation', step: 0 },
    })
    const scores = values.get(output)?.data
    if (!scores) throw new Error(`the graph has no ${output}`)
    const result = new Float32Array(requests.length * candidates)
    for (const [i, { piece }] of requests.entries()) {
      const row = everyPosition ? i * batch.L + piece + 1 : i
      largest(scores, row * classes, classes, candidates, result, i * candidates)
    }
    return result
  }

  /** Hash of all inputs of the proposals: the texts, the model and how it is run. */
  key(): string {
    const { graph, runner, store, tokenizer, candidates, besideOriginal } = this.options
    const sha = createHash('sha256')
    const { identity } = tokenizer.vocabulary
    const facts = [graphIdentity(graph), runner.name, identity, this.limit, candidates, besideOriginal]
    sha.update(JSON.stringify(facts))
    for (const requests of this.batches) {
      for (const { text, piece } of requests) {
        const { ids } = this.texts[text] ?? { ids: new Int32Array() }
        sha.update(Int32Array.of(ids.length, piece)).update(ids.subarray(0, this.limit))
      }
    }
    for (const key of this.parameters()) {
      const { buffer, byteOffset, byteLength } = store.get(key).read()
      sha.update(key).update(new Uint8Array(buffer, byteOffset, byteLength))
    }
    return sha.digest('hex').slice(0, 32)
  }

  /** Releases everything that the runner stores for this. */
  release(): void {
    const { runner, graph } = this.options
    runner.forget?.(graph)
    runner.dropCopies?.(this.parameters())
  }

  private parameters(): readonly string[] {
    const { graph, instance, store } = this.options
    const read = graph.nodes.flatMap((node) => (node.op === 'parameter' ? (leafName(node) ?? []) : []))
    const own = store.keys().filter((key) => key.startsWith(`${instance.name}.`))
    return (read.length > 0 ? read : own).toSorted()
  }

  /** Number of pieces of the text that the model reads, limited by the data's max_length and by the model. */
  private room({ ids }: PlacedText): number {
    return Math.min(ids.length, Math.min(this.options.maxLength, this.limit) - 2)
  }

  private lengthOf({ text }: Request): number {
    const placed = this.texts[text]
    const room = placed ? this.room(placed) : 0
    return this.options.besideOriginal ? Math.min(this.limit, 2 * room + 3) : room + 2
  }

  private cut(requests: readonly Request[]): readonly (readonly Request[])[] {
    const sorted = requests.toSorted((a, b) => this.lengthOf(a) - this.lengthOf(b))
    const batches: Request[][] = []
    for (let at = 0; at < sorted.length; ) {
      const first = sorted[at]
      const length = first ? this.lengthOf(first) : 1
      // A multiple of the bucket size (run/positions.ts).
      const size = Math.min(mostExamples, mostTokens / length, mostNumbers / this.options.classes)
      const count = Math.max(16, 16 * Math.floor(size / 16))
      batches.push(sorted.slice(at, at + count))
      at += count
    }
    return batches
  }

  private batch(requests: readonly Request[]): Batch {
    const { tokenizer } = this.options
    const { vocabulary } = tokenizer
    const examples = requests.map((request, id) => this.example(request, id, vocabulary))
    const batch = makeBatch(examples, vocabulary, { pad: 'longest', maxLength: this.limit })
    const masked = new Uint8Array(batch.B * batch.L)
    for (const [row, { piece }] of requests.entries()) masked[row * batch.L + piece + 1] = 1
    const mask: HostTensor = { dtype: 'bool', shape: [batch.B, batch.L], data: masked }
    return { ...batch, inputs: new Map([...batch.inputs, ['masked', mask]]) }
  }

  /** [CLS] text with one masked piece [SEP], then the original as second text, as far as it fits. */
  private example({ text, piece }: Request, id: number, { mask }: Vocabulary): Example {
    const { tokenizer, besideOriginal } = this.options
    const placed = this.texts[text]
    if (!placed) throw new Error(`no text ${text}`)
    const original = placed.ids.subarray(0, this.room(placed))
    const masked = original.slice()
    masked[piece] = mask
    const second = original.subarray(0, Math.max(0, this.limit - 3 - original.length))
    const encoded = assemble(tokenizer, besideOriginal ? [masked, second] : [masked])
    const segments = encoded.segments.map((segment) => segment * this.secondSegment)
    return { id, ...encoded, segments, file: '', line: 0 }
  }
}
