/**
 * The training examples of a stage whose data is augmented (TinyBERT: Jiao et al. 2020, section 3.3). Words
 * are proposed for all texts together, once for all stages and runs with the same texts and models. The words
 * of each copy are drawn for each seed.
 */
import { createHash } from 'node:crypto'
import type { AugmentSpec } from '../../check/example-specs.ts'
import { headOutputs } from '../../check/head-outputs.ts'
import { type AutomaticPrecision, readPrecision } from '../../check/model-precision.ts'
import type { DataSpec, Program, Stage } from '../../check/program.ts'
import { alone, type Cluster } from '../../cluster/cluster.ts'
import type { Division } from '../../cluster/division.ts'
import { ofFirst, shareOut, workersOf } from '../../cluster/share-out.ts'
import { augmentRows, type Choices } from '../../data/augmentation/augment-rows.ts'
import {
  foldingOf,
  type PlacedText,
  type PlacedWord,
  placeWords,
} from '../../data/augmentation/placed-words.ts'
import { readWordVectors, vectorsRead } from '../../data/augmentation/word-vectors.ts'
import type { Example } from '../../data/dataset.ts'
import { encodeRows } from '../../data/load-dataset.ts'
import type { TextRow } from '../../data/rows/form.ts'
import type { Tokenizer } from '../../data/tokenizer/tokenizer.ts'
import type { compileMaskedTap, compileTaps } from '../../lower/stage.ts'
import type { Runner } from '../../run/runner.ts'
import type { DataProvider } from '../feed.ts'
import { RecordStore } from '../frozen/record-store.ts'
import type { TrainObserver } from '../observer.ts'
import type { ParameterStore } from '../parameters.ts'
import type { RunFolder } from '../run-folder.ts'
import { KeptCandidates } from './kept-candidates.ts'
import { MaskedProposals } from './masked-proposals.ts'
import { hostProducts, nearestWords } from './nearest-words.ts'
import type { runnerProducts } from './runner-products.ts'

export interface AugmentationOptions {
  readonly program: Program
  readonly runner: Runner
  readonly seed: number
  readonly compileTaps: typeof compileTaps
  /** Absent if the runner only runs compiled programs. Then all scores of a text are computed. */
  readonly compileMaskedTap?: typeof compileMaskedTap
  /** Absent there too. Then word vectors are multiplied on the host. */
  readonly runnerProducts?: typeof runnerProducts
  readonly automatic?: AutomaticPrecision | undefined
  /** A folder that caches proposed words for other runs. */
  readonly proposals?: string
  /** Absent for a process alone. */
  readonly division?: Division
}

/** The surroundings of one stage in its run. */
export interface AugmentedRun {
  readonly data: DataProvider
  readonly folder: RunFolder
  readonly observer: TrainObserver
  readonly interrupted?: () => boolean
  /** Whether the stage begins, and is not resumed. */
  readonly begins: boolean
}

interface StageRun extends AugmentedRun {
  readonly stage: string
}

interface AugmentedExamples {
  readonly examples: readonly Example[]
  /** Number of examples in the files. */
  readonly from: number
}

export class Augmentation {
  private readonly options: AugmentationOptions
  private readonly store: ParameterStore
  private readonly limit: number | undefined
  private readonly kept: KeptCandidates
  private readonly cluster: Cluster
  /** The last result for each data block, with the key of its inputs. */
  private readonly made = new Map<string, { readonly key: string; readonly result: AugmentedExamples }>()

  /** `limit`: the number of rows that are augmented; the others stay as they are. */
  constructor(options: AugmentationOptions, store: ParameterStore, limit?: number) {
    this.options = options
    this.store = store
    this.limit = limit
    this.kept = new KeptCandidates(options.proposals)
    this.cluster = options.division?.cluster ?? alone
  }

  /** The data of a stage, augmented if the block asks for it; undefined if that was interrupted. */
  async dataOf(stage: Stage, name: string, run: AugmentedRun): Promise<DataProvider | undefined> {
    const { data, observer, folder } = run
    const spec = this.options.program.data.get(name)
    if (!spec?.augment) return data
    const made = await this.examples(spec, spec.augment, { ...run, stage: stage.name })
    if (!made) return undefined
    const { examples, from } = made
    const event = { stage: stage.name, data: name, from, examples: examples.length }
    observer.augmented?.(event)
    if (run.begins) folder.log({ event: 'augmented', ...event })
    return data.withTraining(name, examples)
  }

  private async examples(
    spec: DataSpec,
    augment: AugmentSpec,
    run: StageRun,
  ): Promise<AugmentedExamples | undefined> {
    const tokenizer = run.data.tokenizer(spec.name)
    const rows = run.data.rows(spec.name, 'train')
    const texts = placedTexts(rows.slice(0, this.limit), tokenizer)
    const placed = [...texts.values()]
    const proposals = augment.proposals && this.proposer(placed, spec, augment, tokenizer)
    const key = proposals?.key() ?? ''
    const known = this.made.get(spec.name)
    if (known?.key === key) return known.result
    const ids = proposals && (await this.propose(proposals, key, augment, run))
    if (proposals && ids === undefined) return undefined
    const candidates = this.candidates(placed, augment, tokenizer, proposals, ids)
    const neighbours = await this.neighbours(
      placed,
      augment,
      run.data.fingerprint(spec.name).vectors,
      candidates,
    )
    const { lowercase } = foldingOf(tokenizer)
    const choices = new Map<string, Choices>()
    for (const [i, [text, { words }]] of [...texts].entries())
      choices.set(text, {
        words,
        candidates: words.map((word, k) => {
          const near = () => likeWritten(neighbours.get(word.word) ?? [], text, word, lowercase)
          return candidates[i]?.[k] ?? near()
        }),
      })
    const augmented = augmentRows(rows, spec, augment, this.options.seed, (text) => choices.get(text))
    const examples = encodeRows(spec, augmented, tokenizer, false, workersOf(this.cluster))
    const result = { examples, from: rows.length }
    this.made.set(spec.name, { key, result })
    return result
  }

  private proposer(
    texts: readonly PlacedText[],
    { maxLength }: DataSpec,
    { proposals, candidates, besideOriginal }: AugmentSpec,
    tokenizer: Tokenizer,
  ): MaskedProposals {
    const { program, runner, automatic, ...compile } = this.options
    const instance = program.instances.get(proposals?.instance ?? '')
    const output = instance && headOutputs(instance).find(({ head }) => head === proposals?.head)
    if (!instance || !output) throw new Error(`no head ${proposals?.instance}.${proposals?.head}`)
    const { path, classes } = output
    const rows = compile.compileMaskedTap?.(
      program,
      instance.name,
      path,
      { B: 128, L: 32, R: 4096, M: 128 },
      {
        precision: readPrecision(instance, automatic),
        ...(runner.capabilities === undefined ? {} : { capabilities: runner.capabilities }),
      },
    )
    const graph = rows ?? compile.compileTaps(program, instance.name, [path])
    return new MaskedProposals(texts, {
      instance,
      graph,
      output: rows ? 'rows' : path,
      everyPosition: rows === undefined,
      classes,
      runner,
      store: this.store,
      tokenizer,
      maxLength,
      candidates,
      besideOriginal,
    })
  }

  /**
   * The proposals cached by another run, or computed now, batch by batch, a share of them by each rank of a
   * cluster. Undefined if interrupted.
   */
  private async propose(
    proposals: MaskedProposals,
    key: string,
    { candidates, proposals: by }: AugmentSpec,
    { stage, folder, observer, interrupted }: StageRun,
  ): Promise<Float32Array | undefined> {
    const { cluster } = this
    const { batches, count: total } = proposals
    // Caches and files of other ranks may have others, and all ranks must compute the same batches.
    const known = ofFirst(cluster, () => this.kept.proposals(key, total * candidates), 'its cached words')
    if (known) return known
    let store: RecordStore | undefined
    const openStore = (): number => {
      store = new RecordStore({
        batches: batches.map((requests) => requests.map(() => candidates)),
        bytesEach: 4,
        memory: true,
        file: { path: folder.proposalsOf(key), key, disk: folder.disk },
      })
      return store.done
    }
    const begun = ofFirst(cluster, openStore, 'how many words it has')
    let done = batches.slice(0, begun).reduce((sum, { length }) => sum + length, 0)
    const model = by?.instance ?? ''
    observer.augmenting?.({ stage, model, done, total })
    const left = interrupted?.() ? [] : batches.slice(begun)
    const propose = (requests: (typeof left)[number]): Float32Array => proposals.propose(requests)
    for (const [requests, ids] of shareOut(cluster, left, propose, 'its proposed words')) {
      store?.append(ids)
      done += requests.length
      observer.augmenting?.({ stage, model, done, total })
      // Lets Ctrl-C and the progress display run.
      await new Promise(setImmediate)
      if (done < total && interrupted?.()) break
    }
    proposals.release()
    if (done < total) {
      store?.close()
      return undefined
    }
    const all = ofFirst(cluster, () => numbersOf(store, batches, candidates), 'its proposed words')
    if (store) this.kept.keepProposals(key, all)
    store?.discard()
    return all
  }

  /** The proposed words for each word of each text; undefined without a model. */
  private candidates(
    texts: readonly PlacedText[],
    { candidates: count }: AugmentSpec,
    tokenizer: Tokenizer,
    proposals: MaskedProposals | undefined,
    ids: Float32Array | undefined,
  ): readonly (readonly (readonly string[] | undefined)[])[] {
    const found = texts.map(({ words }) => new Array<readonly string[] | undefined>(words.length))
    if (!proposals || !ids) return found
    const wordOf = wordsOfPieces(tokenizer)
    let at = 0
    for (const requests of proposals.batches)
      for (const { text, piece } of requests) {
        const word = texts[text]?.words.findIndex((one) => one.piece === piece) ?? -1
        const names = [...ids.subarray(at, at + count)].flatMap((id) => wordOf(id) ?? [])
        const own = found[text]
        if (own) own[word] = names
        at += count
      }
    return found
  }

  /** For the words for which no model is asked. */
  private async neighbours(
    texts: readonly PlacedText[],
    { vectors, candidates: count }: AugmentSpec,
    vectorsHash: string | undefined,
    proposed: readonly (readonly (readonly string[] | undefined)[])[],
  ): Promise<ReadonlyMap<string, readonly string[]>> {
    if (vectors === undefined) return new Map()
    const { runner, runnerProducts: onRunner } = this.options
    const asked = texts.flatMap(({ words }, i) =>
      words.flatMap(({ word }, k) => (proposed[i]?.[k] === undefined ? [word] : [])),
    )
    const wanted = [...new Set(asked)].sort()
    const facts = JSON.stringify([vectorsHash, vectorsRead, count, onRunner ? runner.name : 'host', wanted])
    const key = createHash('sha256').update(facts).digest('hex').slice(0, 32)
    // Else ranks that find none in their cache would compute while the others wait.
    const known = ofFirst(this.cluster, () => this.kept.neighbours(key), 'its similar words')
    if (known) return known
    const table = readWordVectors(vectors)
    const products = onRunner ? onRunner(table, runner) : hostProducts(table)
    const found = await nearestWords(wanted, table, count, products)
    this.kept.keepNeighbours(key, found)
    return found
  }
}

/** All numbers of a store, one after another. */
function numbersOf(
  store: RecordStore | undefined,
  batches: readonly (readonly unknown[])[],
  width: number,
): Float32Array {
  const records = batches.flatMap((requests, batch) =>
    requests.map((_, index) => store?.record(batch, index) ?? []),
  )
  const all = new Float32Array(records.length * width)
  for (const [k, record] of records.entries()) all.set(record, k * width)
  return all
}

/** Each text once, in order. */
function placedTexts(rows: readonly TextRow[], tokenizer: Tokenizer): ReadonlyMap<string, PlacedText> {
  const texts = new Map<string, PlacedText>()
  for (const row of rows)
    for (const text of row.texts) if (!texts.has(text)) texts.set(text, placeWords(text, tokenizer))
  return texts
}

/**
 * The word that a piece is by itself. Undefined for a continuation of a word, and for a word that the
 * tokenizer would not encode as this piece.
 */
function wordsOfPieces(tokenizer: Tokenizer): (id: number) => string | undefined {
  const { vocabulary, beginsWord } = tokenizer
  const known = new Map<number, string | undefined>()
  return (id) => {
    if (known.has(id)) return known.get(id)
    const piece = vocabulary.pieces[id]?.replace(/^\u2581/, '')
    const ids = piece === undefined || beginsWord[id] !== 1 ? undefined : tokenizer.encode(piece)
    const word = ids?.length === 1 && ids[0] === id ? piece : undefined
    known.set(id, word)
    return word
  }
}

/** Neighbours are looked up in lower case and then written like the word: `Paris` has `London`. */
function likeWritten(
  neighbours: readonly string[],
  text: string,
  { begin }: PlacedWord,
  lowercase: boolean,
): readonly string[] {
  const first = text[begin] ?? ''
  if (lowercase || first === first.toLowerCase()) return neighbours
  return neighbours.map((name) => name.charAt(0).toUpperCase() + name.slice(1))
}
