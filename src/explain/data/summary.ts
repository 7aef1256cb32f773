/**
 * What is in the files of a data block, as data: counts, labels, lengths in pieces, unknown pieces, repeated
 * texts, and examples as the model reads them. print.ts writes it as text.
 */
import type { DataSpec, LabelSource, Program } from '../../check/program.ts'
import { splitNames } from '../../check/splits.ts'
import type { Dataset, SplitName } from '../../data/dataset.ts'
import { labelNames } from '../../data/label-names.ts'
import { encodeRows, readSplits } from '../../data/load-dataset.ts'
import { type FoundTexts, type Leak, leaksOf, repeatsOf } from '../../data/repeats.ts'
import type { TextRow } from '../../data/rows/form.ts'
import type { Tokenizers } from '../../data/vocabularies.ts'
import { wholeBins } from './histogram.ts'
import { type Distribution, distribution, type LabelFacts, labelFacts, labelText } from './labels.ts'
import { type LongTexts, lengthsOf, longTexts, unknownPieces } from './lengths.ts'
import { type ShownExample, shownExamples } from './shown-examples.ts'

export interface DataPart {
  readonly part: SplitName
  readonly files: readonly string[]
  /** Texts, pairs or questions. */
  readonly texts: number
  /** What a model reads at once: of long texts several blocks or windows. */
  readonly examples: number
  /** Texts of blanks only. */
  readonly empty: number
  /** Texts of more pieces than `max_length`. */
  readonly long: { readonly texts: number; readonly share: number }
  readonly unknown: { readonly pieces: number; readonly of: number; readonly share: number }
  readonly duplicates: FoundTexts
  readonly conflicts: FoundTexts
}

export interface DataSummary {
  readonly data: string
  /** The kind of labels; null without labels. */
  readonly labelled: LabelSource['kind'] | null
  readonly max_length: number
  readonly long_texts: LongTexts
  readonly tokenizer: {
    readonly pieces: number
    /** The block on whose texts it is trained, or the folder that it is read from. */
    readonly from: string
    readonly trained: boolean
  }
  readonly parts: readonly DataPart[]
  readonly labels: LabelFacts | null
  /** In pieces, [CLS] and [SEP] included. */
  readonly lengths: Distribution
  readonly leaks: readonly Leak[]
  readonly examples: readonly ShownExample[]
}

/**
 * Reads and encodes the files of a block.
 * @param show number of examples as the model reads them
 * @throws DiagnosticError as `loadDataset`
 */
export function summarizeData(
  program: Program,
  spec: DataSpec,
  tokenizers: Tokenizers,
  show: number,
): DataSummary {
  const rows = readSplits(spec, splitNames, tokenizers.divisions)
  const tokenizer = tokenizers.of(spec)
  const { vocabulary } = tokenizer
  const splits = new Map([...rows].map(([part, own]) => [part, encodeRows(spec, own, tokenizer, false)]))
  const names = labelNames(spec.label)
  const dataset: Dataset = { name: spec.name, splits, vocabulary, ...(names ? { labels: names } : {}) }
  const lengths = new Map([...splits].map(([part, examples]) => [part, lengthsOf(spec, examples)]))
  const labelOf = labelText(spec)
  const parts = [...rows].map(([part, own]): DataPart => {
    const examples = splits.get(part) ?? []
    const { pieces, of } = unknownPieces(examples, vocabulary)
    const long = lengths.get(part)?.filter((length) => length > spec.maxLength).length ?? 0
    return {
      part,
      ...countsOf(own),
      examples: examples.length,
      long: { texts: long, share: long / Math.max(1, own.length) },
      unknown: { pieces, of, share: pieces / Math.max(1, of) },
      ...repeatsOf(own, labelOf),
    }
  })
  const { tokenizer: source } = spec
  return {
    data: spec.name,
    labelled: spec.label?.kind ?? null,
    max_length: spec.maxLength,
    long_texts: longTexts(spec),
    tokenizer: {
      pieces: vocabulary.pieces.length,
      from: source.kind === 'folder' ? source.file.path : (program.data.get(source.data) ?? spec).name,
      trained: source.kind === 'wordpiece',
    },
    parts,
    labels: labelFacts(spec, rows) ?? null,
    lengths: distribution(rows, wholeBins, (_, part) => lengths.get(part) ?? new Float64Array(0)),
    leaks: leaksOf(rows, labelOf),
    examples: shownExamples(spec, dataset, show),
  }
}

function countsOf(rows: readonly TextRow[]): Pick<DataPart, 'files' | 'texts' | 'empty'> {
  return {
    files: [...new Set(rows.map(({ file }) => file))],
    texts: rows.length,
    empty: rows.filter(({ texts }) => texts.every((text) => text.trim() === '')).length,
  }
}
