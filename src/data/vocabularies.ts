/**
 * The tokenizers of a run. Each is loaded or trained once for all its data blocks. A trained one can be
 * stored in the run's folder, so that resuming or predicting does not need the text.
 */
import path from 'node:path'
import type { DataSpec, Program, TokenizerSource } from '../check/program.ts'
import type { Disk } from '../disk/disk.ts'
import { nodeDisk } from '../disk/node-disk.ts'
import type { Vocabulary } from './dataset.ts'
import { Divisions } from './divide.ts'
import { readTexts } from './read-texts.ts'
import { loadTokenizer } from './tokenizer/load-tokenizer.ts'
import { normalization } from './tokenizer/normalize.ts'
import type { Tokenizer } from './tokenizer/tokenizer.ts'
import { requireAlphabetFits, type TrainingOptions, trainWordPiece } from './tokenizer/train-wordpiece.ts'
import { readKeptVocabulary, saveVocabulary } from './tokenizer/vocabulary.ts'
import { wordPieceTokenizer } from './tokenizer/wordpiece.ts'
import { oneWorker, type Workers } from './workers.ts'

export interface Tokenizers {
  /**
   * The tokenizer of a data block.
   * @throws DiagnosticError E0801 (no training text), E0808, E0809, E0813 (no usable tokenizer), E0810 (size
   * too small)
   * @param workers processes that all ask for it (default: this one alone)
   */
  of(spec: DataSpec, workers?: Workers): Tokenizer
  /** How training files are divided, for all that read them. */
  readonly divisions: Divisions
}

/**
 * @param folder for trained vocabularies: `FOLDER/NAME/vocab.txt` for data block NAME. An existing one is
 * read, not trained.
 * @param shared takes a vocabulary that another run has trained; absent: each is trained
 * @param disk where the folder is
 */
export function openTokenizers(
  program: Program,
  folder?: string,
  shared?: ShareVocabulary,
  disk: Disk = nodeDisk,
): Tokenizers {
  const loaded = new Map<string, Tokenizer>()
  const divisions = new Divisions()
  const of = (spec: DataSpec, workers = oneWorker): Tokenizer => {
    const key = keyOf(spec)
    const known = loaded.get(key)
    if (known !== undefined) return known
    const tokenizer = makeTokenizer(program, spec, { folder, shared, divisions, disk, workers })
    loaded.set(key, tokenizer)
    return tokenizer
  }
  return { of, divisions }
}

/**
 * The vocabulary that is trained on a block's texts with these options, from another run or from `make`.
 */
export type ShareVocabulary = (
  block: DataSpec,
  options: Omit<TrainingOptions, 'span'>,
  make: () => Vocabulary,
) => Vocabulary

/** Equal for data blocks with one tokenizer. */
function keyOf({ tokenizer }: DataSpec): string {
  if (tokenizer.kind === 'folder') return JSON.stringify([tokenizer.file.path, tokenizer.lowercase ?? null])
  return JSON.stringify([tokenizer.data, tokenizer.size, tokenizer.lowercase])
}

function makeTokenizer(
  program: Program,
  spec: DataSpec,
  {
    folder,
    shared = (_, __, make) => make(),
    divisions,
    disk,
    workers,
  }: {
    readonly folder: string | undefined
    readonly shared: ShareVocabulary | undefined
    readonly divisions: Divisions
    readonly disk: Disk
    readonly workers: Workers
  },
): Tokenizer {
  const source = spec.tokenizer
  if (source.kind === 'folder') {
    const lowercase = source.lowercase === undefined ? {} : { lowercase: source.lowercase }
    return loadTokenizer(source.file.path, { span: source.file.span, ...lowercase })
  }
  const kept = folder === undefined ? undefined : path.join(folder, source.data)
  const how = normalization(source.lowercase)
  const known = workers.first(
    () => (kept === undefined ? undefined : readKeptVocabulary(kept, disk)),
    'its vocabulary',
  )
  if (known?.pieces.length === source.size) return wordPieceTokenizer(known, how)
  const block = trainedOn(program, spec)
  const { span: _, ...training } = trainingOf(source)
  const texts = () => readTexts(block, { divisions })
  const vocabulary = shared(block, training, () => trainWordPiece(texts(), trainingOf(source), workers))
  if (kept !== undefined) saveVocabulary(kept, { vocabulary, normalization: how }, disk)
  return wordPieceTokenizer(vocabulary, how)
}

type WordPieceSource = Extract<TokenizerSource, { kind: 'wordpiece' }>

/** The block whose texts a tokenizer is trained on. */
export function trainedOn(program: Program, spec: DataSpec): DataSpec {
  const { tokenizer } = spec
  return (tokenizer.kind === 'wordpiece' ? program.data.get(tokenizer.data) : undefined) ?? spec
}

function trainingOf({ size, lowercase, data, span }: WordPieceSource): TrainingOptions {
  return { size, normalization: normalization(lowercase), source: data, span }
}

/**
 * Throws E0810 and E0812 as the tokenizer of a block would, without training it.
 * @param how with a limit in bytes: of larger files only the first ones are read
 */
export function requireTrainable(
  program: Program,
  spec: DataSpec,
  how: { readonly limit: number; readonly divisions: Divisions },
): void {
  const { tokenizer } = spec
  if (tokenizer.kind === 'wordpiece')
    requireAlphabetFits(readTexts(trainedOn(program, spec), how), trainingOf(tokenizer))
}
