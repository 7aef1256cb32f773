/** The data blocks of a program as training reads them: each loaded once, batches cut by what the block says of padding, labels and masking. */
import { createHash } from 'node:crypto'
import type { Program } from '../check/program.ts'
import { type BatchOptions, batchOptions, makeBatch, planEpoch, planEvaluation } from '../data/batching.ts'
import type { Batch, Dataset, Example, SplitName } from '../data/dataset.ts'
import { countPieces, loadDataset } from '../data/load-dataset.ts'
import { requireFiles } from '../data/read-texts.ts'
import { openTokenizers, type Tokenizers } from '../data/vocabularies.ts'
import type { RandomKey } from '../graph/graph.ts'
import type { DataProvider, EpochPlan } from './feed.ts'

export class ProgramData implements DataProvider {
  readonly tokenizers: Tokenizers
  private readonly program: Program
  private readonly datasets = new Map<string, Dataset>()
  private readonly options = new Map<string, BatchOptions>()

  /** `vocabularies`: the folder where trained vocabularies are kept and found again. */
  constructor(program: Program, vocabularies?: string) {
    this.program = program
    this.tokenizers = openTokenizers(program, vocabularies)
  }

  requireFiles(names: Iterable<string>): void {
    requireFiles([...names].flatMap((name) => this.program.data.get(name) ?? []))
  }

  /** Throws DiagnosticError for files that are missing or wrong. */
  dataset(name: string): Dataset {
    let dataset = this.datasets.get(name)
    if (!dataset) {
      dataset = loadDataset(this.program, name, { tokenizers: this.tokenizers })
      this.datasets.set(name, dataset)
    }
    return dataset
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

  padding(name: string): 'longest' | 'max_length' {
    return this.program.data.get(name)?.pad ?? 'longest'
  }

  /** The vocabulary, and for each split how many examples there are and a hash of their tokens and labels. */
  fingerprint(name: string): Record<string, string> {
    const { splits, vocabulary, labels } = this.dataset(name)
    const print: Record<string, string> = { vocabulary: vocabulary.identity }
    if (labels) print.labels = labels.join(', ')
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
