/**
 * The files of a Unigram tokenizer for transformers: those that it was read from. A `spiece.model` gets a
 * tokenizer.json, converted as transformers does (AlbertConverter), so that loading does not need the
 * sentencepiece library.
 */
import { pieceTypes, readSentencePiece } from '../data/tokenizer/sentencepiece-file.ts'
import type { AlbertSettings, UnigramTokenizer } from '../data/tokenizer/tokenizer.ts'

/** Special pieces by the names of tokenizer_config.json. */
export type Special = Readonly<
  Record<'unk_token' | 'sep_token' | 'pad_token' | 'cls_token' | 'mask_token', string>
>

/** How the model reads texts, by the keys of tokenizer_config.json. */
export interface Reading {
  readonly model_max_length: number
  /**
   * What the tokenizer gives the model: without it a folder of DistilBERT gives segments, which it refuses.
   */
  readonly model_input_names: readonly string[]
}

export function unigramFiles(
  { vocabulary, files }: UnigramTokenizer,
  special: Special,
  reading: Reading,
  postProcessor: unknown,
): ReadonlyMap<string, string | Uint8Array> {
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`
  if (files.source === 'tokenizer.json') {
    const config = { tokenizer_class: 'PreTrainedTokenizerFast', ...reading, ...special }
    return new Map([
      ['tokenizer.json', json(files.json)],
      ['tokenizer_config.json', json(config)],
      ['special_tokens_map.json', json(special)],
    ])
  }
  const { bytes, settings } = files
  const bounds = { bos_token: special.cls_token, eos_token: special.sep_token }
  const config = {
    tokenizer_class: 'AlbertTokenizer',
    do_lower_case: settings.lowercase,
    keep_accents: settings.keepAccents,
    remove_space: settings.joinSpaces,
    ...reading,
    ...bounds,
    ...special,
  }
  return new Map<string, string | Uint8Array>([
    ['spiece.model', bytes],
    ['tokenizer_config.json', json(config)],
    ['special_tokens_map.json', json({ ...bounds, ...special })],
    ['tokenizer.json', json(convertedJson(bytes, settings, vocabulary.unknown, postProcessor))],
  ])
}

/**
 * AlbertConverter of transformers: pieces that end in a digit and a comma lose 100, so that they never win.
 */
function convertedJson(
  bytes: Uint8Array,
  { lowercase, keepAccents }: AlbertSettings,
  unknown: number,
  postProcessor: unknown,
): unknown {
  const { pieces, charsmap } = readSentencePiece(bytes, (problem) => new Error(problem))
  const special = ({ type }: { readonly type: number }): boolean =>
    type === pieceTypes.control || type === pieceTypes.unknown
  const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }
  const added = pieces.flatMap((piece, id) =>
    special(piece) ? [{ id, content: piece.piece, ...plain }] : [],
  )
  const quotes = ['``', "''"].map((text) => ({ type: 'Replace', pattern: { String: text }, content: '"' }))
  const normalizers = [
    ...quotes,
    ...(keepAccents ? [] : [{ type: 'NFKD' }, { type: 'StripAccents' }]),
    ...(lowercase ? [{ type: 'Lowercase' }] : []),
    ...(charsmap.length === 0
      ? []
      : [{ type: 'Precompiled', precompiled_charsmap: Buffer.from(charsmap).toString('base64') }]),
    { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' },
  ]
  const metaspace = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true }
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: added,
    normalizer: { type: 'Sequence', normalizers },
    pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'WhitespaceSplit' }, metaspace] },
    post_processor: postProcessor,
    decoder: metaspace,
    model: {
      type: 'Unigram',
      unk_id: unknown,
      vocab: pieces.map(({ piece, score }) => [piece, /\p{Nd},$/u.test(piece) ? score - 100 : score]),
      byte_fallback: false,
    },
  }
}
