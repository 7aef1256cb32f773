/** The Rust library's WordPiece tokenizer with the same pieces: what ours is compared with. */
import { Tokenizer } from 'tokenizers'
import type { Normalization } from '../../src/data/tokenizer/normalize.ts'

export function rustTokenizer(pieces: readonly string[], how: Normalization): Tokenizer {
  const json = {
    version: '1.0',
    added_tokens: [],
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: how.splitIdeographs,
      strip_accents: how.stripAccents,
      lowercase: how.lowercase,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: null,
    decoder: null,
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])),
    },
  }
  return Tokenizer.fromString(JSON.stringify(json))
}
