/**
 * The files of a tokenizer for transformers. With WordPiece, `tokenizer_class` is always BertTokenizer.
 * transformers would read an ALBERT folder as SentencePiece, and lower-case a cased vocabulary without
 * `do_lower_case`.
 */
import type { Tokenizer, WordPieceTokenizer } from '../data/tokenizer/tokenizer.ts'
import { longestWord } from '../data/tokenizer/wordpiece.ts'
import { type Reading, type Special, unigramFiles } from './unigram-files.ts'

export function tokenizerFiles(
  tokenizer: Tokenizer,
  reading: Reading,
): ReadonlyMap<string, string | Uint8Array> {
  const { vocabulary } = tokenizer
  const piece = (id: number): string => vocabulary.pieces[id] ?? ''
  const special = {
    unk_token: piece(vocabulary.unknown),
    sep_token: piece(vocabulary.separate),
    pad_token: piece(vocabulary.padding),
    cls_token: piece(vocabulary.classify),
    mask_token: piece(vocabulary.mask),
  }
  const [cls, sep] = [special.cls_token, special.sep_token]
  const token = (id: string, type: number): unknown => ({ SpecialToken: { id, type_id: type } })
  const sequence = (id: string, type: number): unknown => ({ Sequence: { id, type_id: type } })
  const postProcessor = {
    type: 'TemplateProcessing',
    single: [token(cls, 0), sequence('A', 0), token(sep, 0)],
    pair: [token(cls, 0), sequence('A', 0), token(sep, 0), sequence('B', 1), token(sep, 1)],
    special_tokens: {
      [cls]: { id: cls, ids: [vocabulary.classify], tokens: [cls] },
      [sep]: { id: sep, ids: [vocabulary.separate], tokens: [sep] },
    },
  }
  return tokenizer.kind === 'unigram'
    ? unigramFiles(tokenizer, special, reading, postProcessor)
    : wordPieceFiles(tokenizer, special, reading, postProcessor)
}

function wordPieceFiles(
  { vocabulary, normalization }: WordPieceTokenizer,
  special: Special,
  reading: Reading,
  postProcessor: unknown,
): ReadonlyMap<string, string> {
  const { pieces } = vocabulary
  const { lowercase, stripAccents, splitIdeographs } = normalization
  const config = {
    tokenizer_class: 'BertTokenizer',
    do_lower_case: lowercase,
    strip_accents: stripAccents,
    tokenize_chinese_chars: splitIdeographs,
    ...reading,
    ...special,
  }
  const ids = [
    vocabulary.padding,
    vocabulary.unknown,
    vocabulary.classify,
    vocabulary.separate,
    vocabulary.mask,
  ]
  const added = ids
    .sort((a, b) => a - b)
    .map((id) => ({
      id,
      content: pieces[id],
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    }))
  const tokenizer = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: added,
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: splitIdeographs,
      strip_accents: stripAccents,
      lowercase,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: postProcessor,
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: special.unk_token,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: longestWord,
      vocab: Object.fromEntries(pieces.map((one, id) => [one, id])),
    },
  }
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`
  return new Map([
    ['vocab.txt', `${pieces.join('\n')}\n`],
    ['tokenizer_config.json', json(config)],
    ['special_tokens_map.json', json(special)],
    ['tokenizer.json', json(tokenizer)],
  ])
}
