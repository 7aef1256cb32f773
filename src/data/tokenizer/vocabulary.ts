/**
 * WordPiece vocabularies: lists of pieces whose index is their id, read from `vocab.txt` or `tokenizer.json`,
 * with the folder's settings of upper and lower case.
 */
import { createHash } from 'node:crypto'
import path from 'node:path'
import { z } from 'zod'
import { DiagnosticError, type Span } from '../../diagnostics/diagnostic.ts'
import { unusableVocabulary } from '../../diagnostics/messages/tokenizers.ts'
import { writeAtomically } from '../../disk/atomic-write.ts'
import type { Disk } from '../../disk/disk.ts'
import { nodeDisk } from '../../disk/node-disk.ts'
import { readText } from '../../disk/whole-files.ts'
import { fileText } from '../../files/regular-file.ts'
import type { Vocabulary } from '../dataset.ts'
import { type Normalization, normalization } from './normalize.ts'
import { readJson } from './read-json.ts'

/** The special pieces, in the order that a trained vocabulary gives them. */
export const specialPieces = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] as const

export interface LoadedVocabulary {
  readonly vocabulary: Vocabulary
  readonly normalization: Normalization
}

/**
 * @param source the file, for messages
 * @throws DiagnosticError E0809 if a piece occurs twice or is empty, or a special piece is missing
 */
export function makeVocabulary(pieces: readonly string[], source: string, span?: Span): Vocabulary {
  const ids = new Map<string, number>()
  for (const [id, piece] of pieces.entries()) {
    if (piece === '') throw unusable(source, `line ${id + 1} is empty`, span)
    const first = ids.get(piece)
    if (first !== undefined)
      throw unusable(source, `\`${piece}\` is on line ${first + 1} and on line ${id + 1}`, span)
    ids.set(piece, id)
  }
  const missing = specialPieces.filter((piece) => !ids.has(piece))
  if (missing.length > 0) throw unusable(source, `it has no ${missing.join(', ')}`, span)
  const idOf = (piece: (typeof specialPieces)[number]): number => ids.get(piece) ?? 0
  return {
    pieces,
    padding: idOf('[PAD]'),
    unknown: idOf('[UNK]'),
    classify: idOf('[CLS]'),
    separate: idOf('[SEP]'),
    mask: idOf('[MASK]'),
    identity: createHash('sha256').update(pieces.join('\n')).digest('hex').slice(0, 16),
  }
}

/**
 * Reads `vocab.txt` or `tokenizer.json`. `lowercase` overrides the file or its folder (tokenizer_config.json,
 * tokenizer.json). Without any of these, text is lower-cased, as in BERT.
 * @throws DiagnosticError E0809 (not WordPiece, or damaged)
 */
export function loadVocabulary(
  file: string,
  options: { readonly lowercase?: boolean; readonly span?: Span } = {},
): LoadedVocabulary {
  const loaded = file.endsWith('.json') ? fromTokenizerJson(file, options.span) : fromText(file, options.span)
  if (options.lowercase === undefined) return loaded
  return {
    vocabulary: loaded.vocabulary,
    normalization: { ...loaded.normalization, ...normalization(options.lowercase) },
  }
}

/**
 * Writes `vocab.txt` (one piece in each line) and `tokenizer_config.json` into `folder`, as Hugging Face
 * reads them.
 */
export function saveVocabulary(
  folder: string,
  { vocabulary, normalization: how }: LoadedVocabulary,
  disk: Disk = nodeDisk,
): void {
  const config = {
    tokenizer_class: 'BertTokenizer',
    do_lower_case: how.lowercase,
    strip_accents: how.stripAccents,
    tokenize_chinese_chars: how.splitIdeographs,
  }
  const write = (name: string, text: string): void =>
    writeAtomically(path.join(folder, name), [Buffer.from(`${text}\n`)], disk)
  // Where vocab.txt is there, the other is too.
  write('tokenizer_config.json', JSON.stringify(config, null, 2))
  write('vocab.txt', vocabulary.pieces.join('\n'))
}

/** The vocabulary in a folder of `saveVocabulary`; undefined if there is none. */
export function readKeptVocabulary(folder: string, disk: Disk): Vocabulary | undefined {
  const file = path.join(folder, 'vocab.txt')
  const text = readText(file, disk)
  return text === undefined ? undefined : makeVocabulary(piecesOf(text), file)
}

function piecesOf(text: string): string[] {
  const pieces = text.split(/\r?\n/)
  while (pieces.at(-1) === '') pieces.pop()
  return pieces
}

function fromText(file: string, span?: Span): LoadedVocabulary {
  const text = fileText(file).replace(/^\uFEFF/, '')
  if (text.includes('\0')) throw unusable(file, 'it is no text', span)
  return {
    vocabulary: makeVocabulary(piecesOf(text), file, span),
    normalization: fromConfig(path.dirname(file)),
  }
}

const configuration = z.object({
  do_lower_case: z.boolean().nullish(),
  strip_accents: z.boolean().nullish(),
  tokenize_chinese_chars: z.boolean().nullish(),
})

/** The settings of `tokenizer_config.json` beside a `vocab.txt`; a damaged file counts as absent. */
function fromConfig(folder: string): Normalization {
  const parsed = configuration.safeParse(readJson(path.join(folder, 'tokenizer_config.json')))
  if (!parsed.success) return normalization(true)
  return fromSettings(
    parsed.data.do_lower_case,
    parsed.data.strip_accents,
    parsed.data.tokenize_chinese_chars,
  )
}

function fromSettings(
  lowercase: boolean | null | undefined,
  stripAccents: boolean | null | undefined,
  splitIdeographs: boolean | null | undefined,
): Normalization {
  const lower = lowercase ?? true
  return { lowercase: lower, stripAccents: stripAccents ?? lower, splitIdeographs: splitIdeographs ?? true }
}

const tokenizerJson = z.object({
  normalizer: z
    .object({
      type: z.string(),
      lowercase: z.boolean().nullish(),
      strip_accents: z.boolean().nullish(),
      handle_chinese_chars: z.boolean().nullish(),
    })
    .nullish(),
  added_tokens: z.array(z.object({ id: z.int().nonnegative(), content: z.string() })).nullish(),
  model: z.object({
    type: z.string().nullish(),
    vocab: z.record(z.string(), z.int().nonnegative()),
    continuing_subword_prefix: z.string().nullish(),
  }),
})

function fromTokenizerJson(file: string, span?: Span): LoadedVocabulary {
  const json = readJson(file)
  if (json === undefined) throw unusable(file, 'it is no JSON', span)
  const kind = z.object({ model: z.object({ type: z.string() }) }).safeParse(json)
  if (kind.success && kind.data.model.type !== 'WordPiece') {
    throw unusable(file, `its model is ${kind.data.model.type}, neither WordPiece nor Unigram`, span)
  }
  const parsed = tokenizerJson.safeParse(json)
  if (!parsed.success) throw unusable(file, 'it is no tokenizer.json (no model with a vocab)', span)
  const { model, normalizer, added_tokens: added } = parsed.data
  if ((model.continuing_subword_prefix ?? '##') !== '##') {
    throw unusable(
      file,
      `its pieces continue a word with "${model.continuing_subword_prefix}", not with "##"`,
      span,
    )
  }
  const entries = new Map(Object.entries(model.vocab).map(([piece, id]) => [id, piece]))
  for (const { id, content } of added ?? []) entries.set(id, content)
  const pieces = Array.from({ length: entries.size }, (_, id) => {
    const piece = entries.get(id)
    if (piece === undefined) throw unusable(file, `no piece has the id ${id}`, span)
    return piece
  })
  return {
    vocabulary: makeVocabulary(pieces, file, span),
    normalization: fromSettings(
      normalizer?.lowercase,
      normalizer?.strip_accents,
      normalizer?.handle_chinese_chars,
    ),
  }
}

function unusable(file: string, problem: string, span?: Span): DiagnosticError {
  return new DiagnosticError(
    unusableVocabulary({ path: file, problem, ...(span === undefined ? {} : { span }) }),
  )
}
