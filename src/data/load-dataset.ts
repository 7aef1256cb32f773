/** Reads and encodes a data block of a checked program, for training, evaluation and prediction. */
import type { DataSpec, Program } from '../check/program.ts'
import { splitNames } from '../check/splits.ts'
import { throwTogether } from '../diagnostics/throw-together.ts'
import type { Dataset, Example, SplitName } from './dataset.ts'
import { Divisions } from './divide.ts'
import { labelNames } from './label-names.ts'
import { uniform } from './random.ts'
import { eachSplit } from './read-texts.ts'
import type { EncodeOptions, TextRow } from './rows/form.ts'
import { rowForm } from './rows/index.ts'
import type { Tokenizer } from './tokenizer/tokenizer.ts'
import { openTokenizers, type Tokenizers } from './vocabularies.ts'
import { oneWorker, type Workers } from './workers.ts'

export interface LoadOptions {
  /** One object for all data blocks of a run, so that each tokenizer is made once. */
  readonly tokenizers?: Tokenizers
  /** The splits to read; by default all that the spec has. */
  readonly splits?: readonly SplitName[]
  /** Processes that all load the block (default: this one alone). */
  readonly workers?: Workers | undefined
}

/**
 * Reads a data block. Every file of every split, and a tokenizer of files, is checked before any is encoded.
 * @throws DiagnosticError E0801 (all missing files at once) to E0811; RangeError for a block that the program
 * does not have
 */
export function loadDataset(program: Program, name: string, options: LoadOptions = {}): Dataset {
  const spec = program.data.get(name)
  if (spec === undefined) throw new RangeError(`no data block ${name}`)
  const tokenizers = options.tokenizers ?? openTokenizers(program)
  let rows: ReadonlyMap<SplitName, readonly TextRow[]> = new Map()
  throwTogether(
    () => {
      rows = readSplits(spec, options.splits, tokenizers.divisions)
    },
    () => {
      if (spec.tokenizer.kind === 'folder') tokenizers.of(spec)
    },
  )
  const { workers } = options
  const tokenizer = tokenizers.of(spec, workers)
  const ordered = isOrdered(program, name)
  const splits = new Map<SplitName, readonly Example[]>()
  for (const [split, texts] of rows) splits.set(split, encodeRows(spec, texts, tokenizer, ordered, workers))
  const labels = labelNames(spec.label)
  return { name, splits, vocabulary: tokenizer.vocabulary, ...(labels === undefined ? {} : { labels }) }
}

/**
 * The rows of a data block by split, before any tokenizer; by default of all splits that the spec has. Where
 * a row is one example, they are in the order of the examples.
 * @throws DiagnosticError E0801 (all missing files at once) to E0807, E0811
 */
export function readSplits(
  spec: DataSpec,
  names: readonly SplitName[] = splitNames,
  divisions = new Divisions(),
): ReadonlyMap<SplitName, readonly TextRow[]> {
  const rows = new Map<SplitName, readonly TextRow[]>()
  eachSplit(spec, names, (split, from) => rows.set(split, from.rows(split)), { divisions })
  return rows
}

/** Whether a stage reads the order of the texts of this block. */
export function isOrdered({ stages }: Program, name: string): boolean {
  return stages.some((stage) => stage.data === name && stage.targets.has('order'))
}

/** Rows that are encoded at a time. */
const blockSize = 256

/**
 * Ids count examples in the order of the rows. `ordered`: documents become pairs of texts, some of them
 * swapped.
 */
export function encodeRows(
  spec: DataSpec,
  rows: Iterable<TextRow>,
  tokenizer: Tokenizer,
  ordered: boolean,
  workers: Workers = oneWorker,
): readonly Example[] {
  const form = rowForm(spec)
  const draw = uniform('sentence order', spec.name)
  const encode = (row: TextRow, document: number): Omit<Example, 'id'>[] => {
    const place = { file: row.file, line: row.line, ...(row.label === undefined ? {} : { label: row.label }) }
    const options: EncodeOptions = {
      tokenizer,
      ordered,
      draw: (block, purpose) => draw(document, block, purpose),
    }
    return [...form.encode(spec, row, options)].map((encoded) => ({ ...encoded, ...place }))
  }
  const encodeBlock = ({ first, block }: Block): Omit<Example, 'id'>[] =>
    block.flatMap((row, k) => encode(row, first + k))
  const examples: Example[] = []
  for (const encoded of workers.each(blocksOf(rows), encodeBlock, 'its encoded texts'))
    for (const one of encoded) examples.push({ id: examples.length, ...one })
  return examples
}

/** Neighbouring rows, and the number of the first of them. */
interface Block {
  readonly first: number
  readonly block: readonly TextRow[]
}

function* blocksOf(rows: Iterable<TextRow>): Generator<Block> {
  let block: TextRow[] = []
  let first = 0
  for (const row of rows) {
    block.push(row)
    if (block.length < blockSize) continue
    yield { first, block }
    first += block.length
    block = []
  }
  if (block.length > 0) yield { first, block }
}

/** Number of occurrences of each piece in examples, by id: the weights of masking with `smoothing`. */
export function countPieces(examples: Iterable<Example>, size: number): Float64Array {
  const counts = new Float64Array(size)
  for (const { tokens } of examples) for (const id of tokens) counts[id] = (counts[id] ?? 0) + 1
  return counts
}
