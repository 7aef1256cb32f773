/**
 * The data blocks of a program for training. Each is loaded once. Batches are made with the block's padding,
 * labels and masking.
 */
import { createHash } from 'node:crypto'
import type { Program } from '../check/program.ts'
import { isShare, splitNames } from '../check/splits.ts'
import { type BatchOptions, batchOptions, makeBatch, planEpoch, planEvaluation } from '../data/batching.ts'
import { type CutTexts, cutTexts } from '../data/cut-texts.ts'
import type { Batch, Dataset, Example, SplitName } from '../data/dataset.ts'
import { fileHash } from '../data/file-hash.ts'
import { countPieces, loadDataset, readSplits } from '../data/load-dataset.ts'
import { requireFiles } from '../data/read-texts.ts'
import { leakLines, leaksOf } from '../data/repeats.ts'
import type { TextRow } from '../data/rows/form.ts'
import type { Tokenizer } from '../data/tokenizer/tokenizer.ts'
import { openTokenizers, type Tokenizers } from '../data/vocabularies.ts'
import type { Workers } from '../data/workers.ts'
import type { Disk } from '../disk/disk.ts'
import type { RandomKey } from '../graph/graph.ts'
import type { DataProvider, EpochPlan } from './feed.ts'
import type { SharedData } from './shared-data.ts'

export class ProgramData implements DataProvider {
  readonly tokenizers: Tokenizers
  private readonly program: Program
  private readonly shared: SharedData | undefined
  private readonly datasets = new Map<string, Dataset>()
  private readonly options = new Map<string, BatchOptions>()
  private readonly fingerprints = new Map<string, Record<string, string>>()
  /** Hashes of files of word vectors. */
  private readonly hashes = new Map<string, string>()

  /**
   * `vocabularies`: the folder in which trained vocabularies are stored, or the tokenizers opened from it.
   * `shared`: in a sweep, what its runs have in common. `disk`: where that folder is.
   */
  constructor(program: Program, vocabularies?: string | Tokenizers, shared?: SharedData, disk?: Disk) {
    this.program = program
    this.shared = shared
    this.tokenizers =
      typeof vocabularies === 'object'
        ? vocabularies
        : openTokenizers(program, vocabularies, shared?.vocabulary.bind(shared), disk)
  }

  requireFiles(names: Iterable<string>): void {
    requireFiles([...names].flatMap((name) => this.program.data.get(name) ?? []))
  }

  /**
   * Throws DiagnosticError for missing or wrong files.
   * @param workers processes that all load it (default: this one alone)
   */
  dataset(name: string, workers?: Workers): Dataset {
    let dataset = this.datasets.get(name)
    if (!dataset) {
      const { program, tokenizers } = this
      dataset =
        this.shared?.dataset(program, name, tokenizers) ?? loadDataset(program, name, { tokenizers, workers })
      this.datasets.set(name, dataset)
    }
    return dataset
  }

  rows(name: string, split: SplitName): readonly TextRow[] {
    const spec = this.program.data.get(name)
    return (spec && readSplits(spec, [split], this.tokenizers.divisions).get(split)) ?? []
  }

  /**
   * Texts that are in two splits of one of these blocks, as lines to print. Reads their files again, unless
   * all splits are taken from the training files, which keeps the same texts together.
   */
  leaks(names: readonly string[]): readonly string[] {
    const blocks = names.flatMap((name) => this.program.data.get(name) ?? [])
    const several = blocks.filter((spec) =>
      splitNames.some((one) => one !== 'train' && spec[one] && !isShare(spec[one])),
    )
    return leakLines(
      several.map((spec) => ({
        data: spec.name,
        leaks: leaksOf(readSplits(spec, splitNames, this.tokenizers.divisions)),
      })),
    )
  }

  /** Texts of a block that `max_length` cuts, by split. */
  cutTexts(name: string): CutTexts[] {
    const spec = this.program.data.get(name)
    if (!spec) return []
    return [...this.dataset(name).splits].flatMap(
      ([split, examples]) => cutTexts(spec, split, examples) ?? [],
    )
  }

  epoch(name: string, plan: EpochPlan): readonly (readonly Example[])[] {
    const examples = this.dataset(name).splits.get('train') ?? []
    const group = this.program.data.get(name)?.group ?? 'length'
    return pick(examples, planEpoch(examples, { ...plan, group }))
  }

  evaluation(name: string, split: SplitName, size: number): readonly (readonly Example[])[] {
    const examples = this.dataset(name).splits.get(split) ?? []
    return pick(examples, planEvaluation(examples, size))
  }

  batch(
    name: string,
    examples: readonly Example[],
    random: RandomKey,
    epoch?: number,
    pad?: 'longest' | 'max_length',
  ): Batch {
    const key = { ...random, ...(epoch === undefined ? {} : { epoch }) }
    const own = this.optionsOf(name)
    return makeBatch(examples, this.dataset(name).vocabulary, { ...own, key, pad: pad ?? own.pad })
  }

  tokenizer(name: string): Tokenizer {
    const spec = this.program.data.get(name)
    if (!spec) throw new RangeError(`no data block ${name}`)
    return this.tokenizers.of(spec)
  }

  withTraining(name: string, examples: readonly Example[]): ProgramData {
    const dataset = this.dataset(name)
    const other = new ProgramData(this.program, this.tokenizers, this.shared)
    for (const [known, own] of this.datasets) other.datasets.set(known, own)
    for (const [path, hash] of this.hashes) other.hashes.set(path, hash)
    other.datasets.set(name, { ...dataset, splits: new Map([...dataset.splits, ['train', examples]]) })
    return other
  }

  padding(name: string): 'longest' | 'max_length' {
    return this.program.data.get(name)?.pad ?? 'longest'
  }

  /**
   * The vocabulary, the hash of word vectors, and for each split the number of examples and a hash of their
   * tokens and labels.
   */
  fingerprint(name: string): Record<string, string> {
    const known = this.fingerprints.get(name) ?? this.fingerprintOf(name)
    this.fingerprints.set(name, known)
    return known
  }

  private fingerprintOf(name: string): Record<string, string> {
    const { splits, vocabulary, labels } = this.dataset(name)
    const print: Record<string, string> = { vocabulary: vocabulary.identity }
    if (labels) print.labels = labels.join(', ')
    const vectors = this.program.data.get(name)?.augment?.vectors
    if (vectors) print.vectors = this.hashOf(vectors.path)
    for (const [split, examples] of splits) {
      const sha = createHash('sha256')
      for (const { tokens, segments, label, window, tags } of examples) {
        sha
          .update(tokens)
          .update(segments)
          .update(`${window ? `${window.start} ${window.end}` : (label ?? '')};`)
        if (tags) sha.update(tags)
      }
      print[split] = `${examples.length} examples, ${sha.digest('hex').slice(0, 16)}`
    }
    return print
  }

  private hashOf(path: string): string {
    const known = this.hashes.get(path) ?? fileHash(path)
    this.hashes.set(path, known)
    return known
  }

  private optionsOf(name: string): BatchOptions {
    const known = this.options.get(name)
    if (known) return known
    const spec = this.program.data.get(name)
    if (!spec) throw new RangeError(`no data block ${name}`)
    const own = batchOptions(spec)
    const { splits, vocabulary } = this.dataset(name)
    const counts =
      spec.mask?.smoothing === undefined
        ? {}
        : { counts: countPieces(splits.get('train') ?? [], vocabulary.pieces.length) }
    const options = { ...own, ...counts }
    this.options.set(name, options)
    return options
  }
}

function pick(examples: readonly Example[], plan: readonly Int32Array[]): readonly (readonly Example[])[] {
  return plan.map((indices) =>
    Array.from(indices).flatMap((index) => {
      const example = examples[index]
      return example ? [example] : []
    }),
  )
}
