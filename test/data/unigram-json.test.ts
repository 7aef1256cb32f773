import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { Tokenizer as RustTokenizer, stripAccentsNormalizer } from 'tokenizers'
import { describe, expect, it } from 'vitest'
import { readSentencePiece } from '../../src/data/tokenizer/sentencepiece-file.ts'
import { withoutMarks } from '../../src/data/tokenizer/text-steps.ts'
import { unigramFromJson } from '../../src/data/tokenizer/unigram-json.ts'
import { readGlosses } from '../../src/data/wordnet.ts'
import { expectedIds, modelBytes } from './sentencepiece-fixture.ts'

const refuse = (problem: string): Error => new Error(problem)
const file = readSentencePiece(modelBytes(), refuse)
const charsmap = Buffer.from(file.charsmap).toString('base64')
const precompiled = { type: 'Precompiled', precompiled_charsmap: charsmap }
const metaspace = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true }
const special = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }
const vocab = file.pieces.map(({ piece, score }) => [piece, score] as const)
const parens = { ...special, special: false }

const albert = [
  { type: 'Replace', pattern: { String: '``' }, content: '"' },
  { type: 'Replace', pattern: { String: "''" }, content: '"' },
  { type: 'NFKD' },
  { type: 'StripAccents' },
  { type: 'Lowercase' },
  precompiled,
]
const withSplit = { type: 'Sequence', pretokenizers: [{ type: 'WhitespaceSplit' }, metaspace] }
const json = (normalizers: readonly object[], splitter: object, added: readonly object[] = []): object => ({
  version: '1.0',
  added_tokens: added,
  normalizer: { type: 'Sequence', normalizers },
  pre_tokenizer: splitter,
  post_processor: null,
  decoder: metaspace,
  model: { type: 'Unigram', unk_id: 1, vocab, byte_fallback: false },
})
const singleSpaces = { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' }

const texts = [
  ...expectedIds().map(({ text }) => text),
  ...readFileSync(new URL('../fixtures/tasks/wnut17.conll', import.meta.url), 'utf8').split('\n\n'),
  ...readGlosses()
    .filter((_, i) => i % 40 === 0)
    .map(({ text }) => text),
]

describe.each([
  ['as published for ALBERT', json(albert, withSplit)],
  ['as transformers converts now', json([...albert, singleSpaces], metaspace)],
  ['cased, with accents', json([precompiled], withSplit)],
  [
    'trimmed, first word not marked',
    json([{ type: 'Strip', strip_left: true, strip_right: true }, { type: 'NFC' }], {
      ...metaspace,
      prepend_scheme: 'never',
    }),
  ],
  ['words not parted', json(albert, { ...metaspace, split: false })],
  [
    'with added tokens',
    json(albert, withSplit, [
      { id: 5, content: '(', ...parens },
      { id: 6, content: ')', ...parens },
    ]),
  ],
])('against the Rust tokenizers, %s', (_, description) => {
  const rust = RustTokenizer.fromString(JSON.stringify(description))
  const own = unigramFromJson(description, undefined, refuse)
  it('every id of every text is equal', async () => {
    const comparable = texts.filter((text) => !/\[|</.test(text))
    const expected = await rust.encodeBatch(comparable)
    for (const [i, text] of comparable.entries())
      expect([...own.encode(text)], JSON.stringify(text)).toEqual(expected[i]?.getIds())
  })
  it('and of texts made up', async () => {
    const characters = [
      ...new Set(
        `${expectedIds()
          .map(({ text }) => text)
          .join('')}aeiou 12,`,
      ),
    ]
    const text = fc.array(
      fc.oneof(fc.constantFrom(...characters), fc.string({ unit: 'binary', maxLength: 3 })),
      { maxLength: 40 },
    )
    const samples = fc
      .sample(text, { numRuns: 1500, seed: 7 })
      .map((parts) => parts.join(''))
      .filter((sample) => !/\[|</.test(sample))
    const expected = await rust.encodeBatch(samples)
    for (const [i, sample] of samples.entries())
      expect([...own.encode(sample)], JSON.stringify(sample)).toEqual(expected[i]?.getIds())
  })
})

describe('marks', () => {
  it('agree on every code point', () => {
    const rust = stripAccentsNormalizer()
    const { apply } = withoutMarks()
    const wrong: string[] = []
    for (let code = 1; code < 0x110000; code++) {
      const text = String.fromCodePoint(code)
      if (code >= 0xd800 && code < 0xe000) continue
      // Nearly all are no marks for anybody; the Rust library is asked where one of the two could think so.
      if (!/\p{M}|[\u{1cf2}\u{1cf3}]/u.test(text)) continue
      if (apply(`a${text}b`) !== rust.normalizeString(`a${text}b`)) wrong.push(code.toString(16))
    }
    expect(wrong).toEqual([])
  })
})

describe('a tokenizer.json that cannot be used', () => {
  const message = (changes: object): string => {
    try {
      unigramFromJson({ ...json(albert, withSplit), ...changes }, undefined, refuse)
    } catch (error) {
      return error instanceof Error ? error.message : ''
    }
    return 'nothing was thrown'
  }
  const model = (changes: object): object => ({ model: { type: 'Unigram', unk_id: 1, vocab, ...changes } })
  const normalizer = (one: object): object => ({ normalizer: one })
  const token = { id: 5, content: '(', ...parens }
  it.each([
    [model({ vocab: 3 }), 'it is no tokenizer.json (at model.vocab)'],
    [model({ vocab: [['<pad>', 0], ['a']] }), 'piece 1, `a`, has no score'],
    [model({ vocab: [...vocab, ['(', 0]] }), '`(` is both piece 5 and piece 1400'],
    [model({ vocab: vocab.slice(0, 4) }), 'it has no [MASK]'],
    [model({ unk_id: 1400 }), 'its unk_id is 1400, of 1400 pieces'],
    [model({ byte_fallback: true }), 'byte_fallback'],
    [normalizer({ type: 'Nmt' }), 'its normalizer Nmt is not known here'],
    [normalizer({ type: 'Strip' }), 'its normalizer Strip is damaged (at strip_left)'],
    [
      normalizer({ type: 'Replace', pattern: { Regex: 'a+' }, content: '' }),
      'its normalizer replaces the pattern a+',
    ],
    [normalizer({ type: 'Precompiled', precompiled_charsmap: 'AAAA' }), 'its table of characters'],
    [
      { pre_tokenizer: { type: 'Whitespace' } },
      'its pre-tokenizers are Whitespace, not WhitespaceSplit and Metaspace',
    ],
    [{ pre_tokenizer: null }, 'its pre-tokenizers are none'],
    [{ pre_tokenizer: { ...metaspace, replacement: '_' } }, 'its mark of a space is _, not ▁'],
    [
      { added_tokens: [{ ...token, lstrip: true }] },
      'its added token `(` has settings that are not known here',
    ],
    [{ added_tokens: [{ ...token, id: 9 }] }, 'its added token `(` is not piece 9'],
  ])('%#', (changes, problem) => {
    expect(message(changes)).toContain(problem)
  })
})

describe('the case that a spec asks for', () => {
  it('goes before that of the file', () => {
    const upper = unigramFromJson(json(albert, withSplit), false, refuse)
    const lower = unigramFromJson(json([precompiled], withSplit), true, refuse)
    const text = 'The Person'
    expect([...lower.encode(text)]).toEqual([
      ...unigramFromJson(json(albert, withSplit), undefined, refuse).encode(text),
    ])
    expect([...upper.encode(text)]).toEqual([
      ...unigramFromJson(json([precompiled], withSplit), undefined, refuse).encode(text),
    ])
  })
})
