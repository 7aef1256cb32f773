/**
 * Trained vocabularies and encoded data that runs of a sweep share, in memory. A key has all that decides
 * them: the data block with its files' content, and the tokenizer.
 */
import type { DataSpec, Program } from '../check/program.ts'
import type { Dataset, Vocabulary } from '../data/dataset.ts'
import { isOrdered, loadDataset } from '../data/load-dataset.ts'

import { type Tokenizers, trainedOn } from '../data/vocabularies.ts'
import type { InputFiles } from './input-files.ts'
import { structuralText } from './structural-text.ts'

export class SharedData {
  private readonly files: InputFiles
  private readonly vocabularies = new Kept<Vocabulary>()
  private readonly datasets = new Kept<Dataset>()

  constructor(files: InputFiles) {
    this.files = files
  }

  /** The vocabulary that is trained on a block's texts; `make` trains it. */
  vocabulary(block: DataSpec, how: unknown, make: () => Vocabulary): Vocabulary {
    // These decide how texts are encoded and batched, not which texts there are.
    const {
      maxLength: _,
      pad: __,
      group: ___,
      mask: ____,
      augment: _____,
      vocabulary: ______,
      ...texts
    } = block
    return this.vocabularies.get(structuralText([texts, how, this.files.ofData(block)]), make)
  }

  /** A data block, read and encoded. */
  dataset(program: Program, name: string, tokenizers: Tokenizers): Dataset {
    const spec = program.data.get(name)
    const blocks = spec ? [spec, trainedOn(program, spec)] : []
    const files = blocks.map((block) => this.files.ofData(block))
    const key = structuralText([blocks, files, isOrdered(program, name)])
    const dataset = this.datasets.get(key, () => loadDataset(program, name, { tokenizers }))
    // A run stores the vocabulary in its folder when it makes the tokenizer.
    if (spec) tokenizers.of(spec)
    return dataset
  }

  /** A run begins: forgets what the last one did not use. */
  nextRun(): void {
    this.vocabularies.nextRun()
    this.datasets.nextRun()
  }
}

class Kept<Value> {
  private before: ReadonlyMap<string, Value> = new Map()
  private used = new Map<string, Value>()

  get(key: string, make: () => Value): Value {
    const known = this.used.get(key) ?? this.before.get(key)
    const value = known ?? make()
    this.used.set(key, value)
    return value
  }

  nextRun(): void {
    this.before = this.used
    this.used = new Map()
  }
}
